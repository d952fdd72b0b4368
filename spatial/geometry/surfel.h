// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>

namespace nightjar {

/// A small piece of a surface.
struct Surfel {
  Eigen::Vector3d position_world = Eigen::Vector3d::Zero();  // m
  Eigen::Vector3d normal_world = Eigen::Vector3d::UnitZ();   // unit, to the side it was seen from
  double sigma_m = 0;  // of the position along the normal, poses apart
  double area_m2 = 0;
  int32_t first_keyframe = 0;  // that saw it, to within a block of voxels
  int32_t last_keyframe = 0;
};

}  // namespace nightjar
