// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>

namespace nightjar {

/// A point of the scene, as a distance along the ray of the keyframe that saw it first.
struct Landmark {
  uint64_t track = 0;
  Eigen::Vector3d position_world = Eigen::Vector3d::Zero();  // m
  double inverse_distance_sigma =
      0;                      // 1/m, along the first ray, relative to the first keyframe's pose
  double distance_sigma = 0;  // m, idem
  int observations = 0;
};

}  // namespace nightjar
