// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/keyframe.h"
#include "core/se3.h"

namespace nightjar {

/// From the tangent [rho, theta, v, bg, ba] of a state (right perturbation of T_world_body) to the
/// order and axes of Keyframe::covariance.
inline Matrix15d StateWorldCovariance(const Se3& T_world_body, const Matrix15d& tangent) {
  Matrix15d to_world = Matrix15d::Identity();
  const Eigen::Matrix3d R = T_world_body.RotationMatrix();
  to_world.block<3, 3>(0, 0) = R;
  to_world.block<3, 3>(3, 3) = R;
  return to_world * tangent * to_world.transpose();
}

}  // namespace nightjar
