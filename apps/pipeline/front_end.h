// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "apps/pipeline/depth_join.h"
#include "apps/pipeline/event_source.h"
#include "apps/pipeline/frame_developer.h"
#include "apps/pipeline/frame_set.h"
#include "calibration/rig.h"
#include "core/feature_track.h"
#include "core/gyro_rotation.h"
#include "core/imu_sample.h"
#include "core/pyramid.h"
#include "core/result.h"
#include "data/sensor_log.h"
#include "isp/feature_tracker.h"

namespace nightjar {

/// From records to measurements: frames are developed, those that belong together become pyramids,
/// pyramids become feature tracks; tracks that a log has in place of images are only put together
/// over the cameras. Where a log has events, their tracks stand behind those of the frame whose
/// time they are made for; where it has a depth sensor, the depth of its features (DepthJoin).
/// Nothing comes back from the estimator, so this can run ahead of it.
///
/// What is observed at a frame is made from what came up to the reference camera's time, and from
/// the images that belong to it: an inertial sample that is later than a frame which still waits
/// for its partners waits as well.
class FrontEnd {
 public:
  /// `events`, `depth`: nothing where none are used.
  FrontEnd(const Rig& rig, const DevelopmentOptions& development,
           const FeatureTrackerOptions& tracking, std::optional<EventSource> events = {},
           std::optional<DepthTracks> depth = {});

  /// Appends the measurements that `record` completes; sound gives none. A frame of the
  /// reference camera without an image gives observations without features: the estimator has a row
  /// for every frame offered.
  Status Add(Record record, std::vector<Measurement>& measurements);
  /// Appends what was still waiting at the end of the log.
  Status Finish(std::vector<Measurement>& measurements);

  /// Images without a partner from the reference camera, not used.
  int64_t unpaired_frames() const { return assembler_.unpaired(); }
  int64_t denoised_frames() const { return developer_.denoised_frames(); }
  int64_t frames_far_from_profile() const { return developer_.frames_far_from_profile(); }
  const std::optional<EventSource>& events() const { return events_; }
  /// Features whose depth was used; 0 without.
  int64_t depth_observations() const { return depth_ ? depth_->tracks().observations() : 0; }

 private:
  Status AddToTracks(Record record, std::vector<Measurement>& measurements);
  Status Track(const FrameSet& set, std::vector<Measurement>& measurements);
  Result<FrameObservations> TrackFrames(const FrameSet& set,
                                        const Eigen::Quaterniond& R_previous_current_body);
  void Take(const ImuSample& sample, std::vector<Measurement>& measurements);
  void Release(std::vector<Measurement>& measurements);

  FrameDeveloper developer_;
  FrameSetAssembler assembler_;
  /// Samples later than the reference frame that waits; kLongestApart of them at most.
  std::vector<ImuSample> held_;
  GyroRotation gyro_;
  FeatureTracker tracker_;
  std::optional<EventSource> events_;
  std::optional<DepthJoin> depth_;
  /// The tracker still reads the pyramids of the last set whose reference frame had an image.
  std::vector<TrackingPyramid> pyramids_[2];
  int turn_ = 0;
};

}  // namespace nightjar
