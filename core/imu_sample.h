// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "core/time.h"

namespace nightjar {

/// One inertial measurement in the body frame (body = IMU), as the sensor gave it: biases are still
/// in it.
struct ImuSample {
  SensorTime time;
  Eigen::Vector3d angular_velocity_body = Eigen::Vector3d::Zero();  // rad/s
  Eigen::Vector3d specific_force_body =
      Eigen::Vector3d::Zero();  // m/s^2; at rest it is -gravity_body, upwards
};

/// Gravity in a world whose z axis points up, m/s^2.
inline const Eigen::Vector3d kGravityWorld(0, 0, -9.81);

}  // namespace nightjar
