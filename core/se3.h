// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>

namespace nightjar {

using Vector6d = Eigen::Matrix<double, 6, 1>;
using Matrix6d = Eigen::Matrix<double, 6, 6>;

/// A rigid transformation T_a_b: p_a = T_a_b * p_b = rotation * p_b + translation. Neighbouring
/// frame names cancel: T_a_b * T_b_c == T_a_c.
///
/// Perturbation (used by every estimator): T <- T * Exp(delta), delta = [rho, theta], metres first,
/// radians second, both in the *right* frame of T (the body of a T_world_body). Equation numbers:
/// Solà et al., arXiv:1812.01537.
struct Se3 {
  Eigen::Quaterniond rotation = Eigen::Quaterniond::Identity();  // unit, Hamilton
  Eigen::Vector3d translation = Eigen::Vector3d::Zero();         // m

  Se3 Inverse() const {
    const Eigen::Quaterniond inverse = rotation.conjugate();
    return {inverse, -(inverse * translation)};
  }
  Eigen::Matrix3d RotationMatrix() const { return rotation.toRotationMatrix(); }
};

inline Se3 operator*(const Se3& T_a_b, const Se3& T_b_c) {
  return {(T_a_b.rotation * T_b_c.rotation).normalized(),
          T_a_b.rotation * T_b_c.translation + T_a_b.translation};
}
inline Eigen::Vector3d operator*(const Se3& T_a_b, const Eigen::Vector3d& point_b) {
  return T_a_b.rotation * point_b + T_a_b.translation;
}

namespace se3 {

/// Exp([rho, theta]): rotation Exp(theta), translation J_l(theta) * rho, eq. 172.
Se3 Exp(const Vector6d& delta);

/// The inverse of Exp for |theta| < pi, eq. 173.
Vector6d Log(const Se3& T);

/// J_r^-1(delta): Log(Exp(delta) * Exp(d)) ~ delta + J_r^-1 d, from eq. 179 with the sign of delta
/// turned.
Matrix6d RightJacobianInverse(const Vector6d& delta);

/// From inside to files: W with [dp, dr] = W [rho, theta], where [rho, theta] is the right
/// perturbation of T_world_body and [dp, dr] the error in *world* axes, p = p̂ + dp and R = Exp(dr)
/// * R̂. A covariance P of the perturbation is W P W' in files, order [x y z rx ry rz].
Matrix6d WorldFromPerturbation(const Se3& T_world_body);

}  // namespace se3
}  // namespace nightjar
