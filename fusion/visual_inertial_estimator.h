// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "calibration/rig.h"
#include "core/feature_track.h"
#include "core/frame_health.h"
#include "core/imu_sample.h"
#include "core/keyframe.h"
#include "core/keyframe_pair.h"
#include "core/landmark.h"
#include "core/result.h"
#include "core/trajectory.h"
#include "fusion/estimator_options.h"
#include "fusion/inertial_scale.h"

namespace nightjar {

/// What the estimator says about one frame when it has just arrived.
struct FrameEstimate {
  TrajectoryRow row;
  FrameHealth health;
};

/// The solution over the whole log.
struct FinalSolution {
  std::vector<Keyframe> keyframes;  // in time order
  std::vector<KeyframePair> pairs;  // of keyframes of one map; rising
  std::vector<Landmark> landmarks;  // by map, then in track order
  Trajectory trajectory;            // one row per frame, in time order
  std::vector<Error> failed_maps;   // why a map has no final solution: its rows are lost
  /// Of the map that tells it best; nothing when none does.
  std::optional<InertialScale> inertial_scale;
};

/// Estimates the motion of the body from inertial samples and feature tracks.
///
/// Causal part: AddImu / AddFrame keep a sliding window of keyframes and the newest frames, solved
/// by Ceres, with a marginalisation prior for what left it. What AddFrame returns depends only on
/// what was added before: a cut log gives the same estimates up to the cut. The odometry frame has
/// its origin at the first frame, z up, and the yaw in which the first frame's body x axis (or,
/// when that is vertical, its z axis) points along +x.
///
/// Maps: when nothing ties a frame to what came before (images were gone for too long for the IMU
/// to bridge, the recording paused, the solution broke), another map begins where the last one
/// ended; how the two lie to each other is not known. Shorter absences are bridged in the same map.
///
/// Final part: Finish() solves all keyframes of each map together and corrects the frames in
/// between.
///
/// Single-threaded, deterministic. Maths: docs/maths/.
class VisualInertialEstimator {
 public:
  /// `rig` gives extrinsics, camera models and the IMU's noise.
  VisualInertialEstimator(const Rig& rig, const EstimatorOptions& options);
  ~VisualInertialEstimator();

  /// Times must not go back.
  void AddImu(const ImuSample& sample);

  /// All IMU samples up to the frame's time must have been added. Frames must be later than the one
  /// before.
  FrameEstimate AddFrame(const FrameObservations& frame);

  /// Fails with kNoAnswer when no frame was ever estimated.
  Result<FinalSolution> Finish();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace nightjar
