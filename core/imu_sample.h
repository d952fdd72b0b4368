// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstddef>

#include "core/time.h"

namespace nightjar {

/// The axes on which a sample stands at the end of its sensor's range: the motion was larger than
/// what is said of it.
struct ClippedAxes {
  std::array<bool, 3> angular_velocity = {};
  std::array<bool, 3> specific_force = {};

  bool Any() const { return *this != ClippedAxes{}; }
  ClippedAxes& operator|=(const ClippedAxes& other) {
    for (size_t axis = 0; axis < 3; ++axis) {
      angular_velocity[axis] |= other.angular_velocity[axis];
      specific_force[axis] |= other.specific_force[axis];
    }
    return *this;
  }
  bool operator==(const ClippedAxes&) const = default;
};

/// One inertial measurement in the body frame (body = IMU), as the sensor gave it: biases are still
/// in it.
struct ImuSample {
  SensorTime time;
  Eigen::Vector3d angular_velocity_body = Eigen::Vector3d::Zero();  // rad/s
  Eigen::Vector3d specific_force_body =
      Eigen::Vector3d::Zero();  // m/s^2; at rest it is -gravity_body, upwards
  ClippedAxes clipped = {};     // as far as it could be told when the sample came
};

/// Gravity in a world whose z axis points up, m/s^2.
inline const Eigen::Vector3d kGravityWorld(0, 0, -9.81);

}  // namespace nightjar
