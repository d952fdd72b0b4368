// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <deque>
#include <optional>

#include "calibration/rig.h"
#include "core/feature_track.h"
#include "fusion/estimator_options.h"
#include "fusion/imu_buffer.h"

namespace nightjar {

/// Tells from inertial samples and tracks together whether the body stands still. Neither can
/// alone: an IMU that rides in a lift is quiet, and a camera that looks at a moving train sees
/// motion.
///
/// Still means: over the last half second no axis of the gyro or of the accelerometer varied by
/// more than the options allow beside the sensor's own noise, the gyro's mean could be a bias, and
/// half of the features that are still tracked from half a second ago, and half of those from when
/// the standing began, are within still_pixels and their own noise of where they were.
class StillnessDetector {
 public:
  /// `noise`: the IMU's own, not inflated.
  StillnessDetector(const EstimatorOptions& options, const ImuNoise& noise);

  /// Takes the next frame of the log. When the body stands still at it: the mean angular velocity
  /// since the frame before, which is the gyro's bias and noise.
  std::optional<Eigen::Vector3d> Add(const FrameObservations& frame, const ImuBuffer& imu);

 private:
  bool ImuIsQuiet(SensorTime time, const ImuBuffer& imu) const;
  enum class Tracks { kStand, kMove, kTooFew };
  Tracks Compare(const FrameObservations& from, const FrameObservations& to) const;

  EstimatorOptions options_;
  ImuNoise noise_;
  std::deque<FrameObservations> recent_;    // of the last half second, the newest last
  std::optional<FrameObservations> onset_;  // where the standing began
};

}  // namespace nightjar
