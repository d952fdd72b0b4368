// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "calibration/rig.h"
#include "core/feature_track.h"
#include "core/imu_sample.h"
#include "core/result.h"
#include "data/sensor_log.h"
#include "isp/events/event_tracker.h"

namespace nightjar {

struct EventSourceOptions {
  EventTrackerOptions tracker;
  /// Features, 0 .. 10000: where the frames see at least so many, events are left out of the
  /// estimate. They lag behind the scene by what nobody measures, and can only add their error to
  /// frames that know better (docs/maths/event-frames.md).
  int enough_frame_tracks = 40;
  /// Whether what the frames see is used. Without, events are the only source: for comparison.
  bool use_frames = true;

  Status Validate() const;
};

/// Event frames as a second source of tracks beside the cameras' frames.
class EventSource {
 public:
  /// `camera`: the number that observations of this source carry, one more than the last camera's.
  static Result<EventSource> Create(const RigEventCamera& camera, int number,
                                    const EventSourceOptions& options);

  /// What the estimator has to know of the source: a camera of the rig's.
  const RigCamera& view() const { return tracker_.view(); }

  void Add(const ImuSample& sample) { tracker_.Add(sample); }
  void Add(EventRecord record) { tracker_.Add(std::move(record.packet)); }

  /// Appends what the events say of the frame's time, where they are needed.
  Status Observe(const Eigen::Quaterniond& R_previous_current_body,
                 const Eigen::Vector3d& angular_velocity_body, FrameObservations& frame);

  /// Observations that were used so far, of how many tracks, in how many frames.
  int64_t observations() const { return observations_; }
  int64_t tracks() const { return static_cast<int64_t>(used_.size()); }
  int64_t frames() const { return frames_; }

 private:
  EventSource(EventTracker tracker, int number, const EventSourceOptions& options)
      : tracker_(std::move(tracker)), number_(number), options_(options) {}

  EventTracker tracker_;
  int number_;
  EventSourceOptions options_;
  std::set<uint64_t> used_;
  int64_t frames_ = 0;
  int64_t observations_ = 0;
};

}  // namespace nightjar
