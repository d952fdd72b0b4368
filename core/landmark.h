// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>

namespace nightjar {

/// A point of the scene, as a distance along the ray of the keyframe that saw it first.
struct Landmark {
  uint64_t track = 0;
  Eigen::Vector3d position_world = Eigen::Vector3d::Zero();  // m
  /// 1 sigma of 1 / distance from the camera that saw it first, 1/m; and of that distance, m, to
  /// first order.
  double inverse_distance_sigma = 0;
  double distance_sigma = 0;
  int observations = 0;
  int map = 0;  // as TrajectoryRow has it
};

}  // namespace nightjar
