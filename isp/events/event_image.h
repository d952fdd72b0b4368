// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <deque>
#include <optional>

#include "calibration/rig.h"
#include "core/event_packet.h"
#include "core/imu_sample.h"
#include "core/pyramid.h"
#include "core/result.h"
#include "isp/events/event_filter_chain.h"
#include "isp/events/event_warp.h"

namespace nightjar {

struct EventImageOptions {
  /// Events per pixel that an image is made of, 0.01 .. 100: edges are lines of several events ...
  double events_per_pixel = 0.25;
  /// ... unless they are older than this, 1e-3 .. 1 s: what a walk leaves of an edge near by after
  /// the rotation is taken out is a smear of pixels then.
  double longest_s = 0.03;
  double hot_pixel_window_s = 0.5;      // HotPixelFilterOptions::window_s
  double correlation_window_s = 10e-3;  // CorrelationFilterOptions::window_s
  double burst_s = 20e-3;               // TrailFilterOptions::burst_s
  double smoothing_px = 0.7;            // 0 .. 5, 1 sigma: of the counts' roots

  Status Validate() const;
};

/// What the last events look like at one instant.
struct EventImage {
  TrackingPyramid pyramid;
  /// How long before the instant the scene was like that, s, by the mean of the events: rotation is
  /// taken out, translation is not.
  double mean_age_s = 0;
  int64_t events = 0;
};

/// Makes of the last events of a camera an image for trackers: without noise (isp/events), moved by
/// the gyro's rotation to one instant, the counts' square roots, whose noise does not depend on the
/// counts, slightly smoothed.
class EventImager {
 public:
  /// kUsage when options, lens or size are wrong.
  static Result<EventImager> Create(const RigEventCamera& camera, const EventImageOptions& options);

  /// The pinhole camera without distortion that images are of.
  const RigCamera& view() const { return view_; }

  /// By rising time. Those later than the next image's instant wait.
  void Add(const ImuSample& sample);
  void Add(EventPacket packet);

  /// The image at `time` of the events up to it, of which each shows the scene as it was `lag_s`
  /// before its own time. Nothing where there are no events or no inertial samples. `time` does not
  /// fall.
  Result<std::optional<EventImage>> At(SensorTime time, double lag_s);

  /// Forgets what no image at `time` or later is made of; At() does so itself.
  void ForgetBefore(SensorTime time);

 private:
  EventImager(const RigEventCamera& camera, const EventImageOptions& options,
              EventFilterChain filters, EventWarp warp, RigCamera view);
  EventPacket Latest(SensorTime time) const;
  Status Draw(const Image<float>& counts, TrackingPyramid& pyramid) const;

  EventImageOptions options_;
  Eigen::Quaterniond R_body_camera_;
  int64_t wanted_;  // events
  EventFilterChain filters_;
  EventWarp warp_;
  RigCamera view_;
  std::deque<EventPacket> packets_;
  std::deque<ImuSample> samples_;
};

}  // namespace nightjar
