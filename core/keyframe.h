// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "core/trajectory.h"

namespace nightjar {

using Matrix15d = Eigen::Matrix<double, 15, 15>;

/// A state of the final solution, with its uncertainty.
struct Keyframe {
  NavigationState state;
  /// Order: position, rotation, velocity, gyro bias, accelerometer bias; position, rotation and
  /// velocity in *world* axes (R = Exp(dr) R̂), biases in body axes. Relative to the map's first
  /// keyframe, whose position and yaw are the gauge and have zero variance.
  Matrix15d covariance = Matrix15d::Zero();
  int map = 0;        // as TrajectoryRow has it
  int landmarks = 0;  // landmarks of the final map that it sees
};

}  // namespace nightjar
