// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <optional>
#include <vector>

#include "calibration/rig.h"
#include "core/feature_track.h"
#include "core/time.h"
#include "fusion/imu_buffer.h"
#include "fusion/imu_preintegration.h"

namespace nightjar {

/// One feature in one frame, as a direction.
struct Bearing {
  uint64_t track = 0;
  int camera = 0;
  Eigen::Vector3d direction_body;  // unit
};

/// What one frame contributes to a start in motion.
struct StartFrame {
  int64_t id = 0;  // index of its frame in the log
  SensorTime time;
  std::optional<Eigen::Vector3d> still_angular_velocity;  // fusion/stillness.h
  std::vector<FeatureObservation> features;               // ordered by (track, camera)
  std::vector<Bearing> bearings;  // of those with a direction, in the same order
};

/// The features must be ordered by (track, camera).
StartFrame MakeStartFrame(int64_t id, const FrameObservations& observations, const Rig& rig);

/// The inertial samples between neighbouring frames: element k goes from frame k to frame k + 1.
std::vector<ImuPreintegration> PreintegrateBetween(const std::vector<StartFrame>& frames,
                                                   const ImuBuffer& imu,
                                                   const Eigen::Vector3d& gyro_bias,
                                                   const Eigen::Vector3d& accelerometer_bias);

}  // namespace nightjar
