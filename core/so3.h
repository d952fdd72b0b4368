// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>

/// The rotation group: exponential, logarithm and the derivatives that on-manifold estimation
/// needs.
///
/// Rotation vectors are in radians. Equation numbers: Solà, Deray, Atchuthan, "A micro Lie theory
/// for state estimation in robotics", arXiv:1812.01537. Every function is smooth through zero and
/// valid up to |theta| = pi.
namespace nightjar::so3 {

/// [v]x with Hat(v) * w == v.cross(w).
Eigen::Matrix3d Hat(const Eigen::Vector3d& v);

/// Exp(theta) as a unit quaternion, eq. 132.
Eigen::Quaterniond Exp(const Eigen::Vector3d& theta);

/// The rotation vector of q, |theta| <= pi, eq. 133. The sign of q does not matter.
Eigen::Vector3d Log(const Eigen::Quaterniond& q);

/// Left Jacobian J_l: Exp(theta + d) ~ Exp(J_l d) * Exp(theta), eq. 145.
Eigen::Matrix3d LeftJacobian(const Eigen::Vector3d& theta);
Eigen::Matrix3d LeftJacobianInverse(const Eigen::Vector3d& theta);

/// Right Jacobian J_r: Exp(theta + d) ~ Exp(theta) * Exp(J_r d), eq. 143.
inline Eigen::Matrix3d RightJacobian(const Eigen::Vector3d& theta) { return LeftJacobian(-theta); }
inline Eigen::Matrix3d RightJacobianInverse(const Eigen::Vector3d& theta) {
  return LeftJacobianInverse(-theta);
}

}  // namespace nightjar::so3
