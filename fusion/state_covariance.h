// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/keyframe.h"
#include "core/se3.h"

namespace nightjar {

/// From the tangent [rho, theta, v, bg, ba] of a state (right perturbation of T_world_body) to the
/// order and axes of Keyframe::covariance: the pose by se3::WorldFromPerturbation, velocity and
/// biases as they are. Symmetric to the bit, as files have one triangle or both.
inline Matrix15d StateWorldCovariance(const Se3& T_world_body, const Matrix15d& tangent) {
  Matrix15d to_world = Matrix15d::Identity();
  to_world.topLeftCorner<6, 6>() = se3::WorldFromPerturbation(T_world_body);
  const Matrix15d world = to_world * tangent * to_world.transpose();
  return 0.5 * (world + world.transpose());
}

}  // namespace nightjar
