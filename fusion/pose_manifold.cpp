// SPDX-License-Identifier: Apache-2.0
#include "fusion/pose_manifold.h"

#include "core/se3.h"

namespace nightjar {
namespace {

// d (q * [theta / 2, 1]) / d theta for q = (x y z w): the last three rows of the quaternion
// product, halved.
Eigen::Matrix<double, 4, 3> QuaternionPlusJacobian(const Eigen::Vector4d& q) {
  Eigen::Matrix<double, 4, 3> J;
  J << q[3], -q[2], q[1],  //
      q[2], q[3], -q[0],   //
      -q[1], q[0], q[3],   //
      -q[0], -q[1], -q[2];
  return 0.5 * J;
}

}  // namespace

bool PoseManifold::Plus(const double* x, const double* delta, double* x_plus_delta) const {
  PoseToBlock(PoseFromBlock(x) * se3::Exp(Eigen::Map<const Vector6d>(delta)), x_plus_delta);
  return true;
}

bool PoseManifold::PlusJacobian(const double* x, double* jacobian) const {
  Eigen::Map<Matrix76d> J(jacobian);
  J.setZero();
  J.topLeftCorner<3, 3>() = PoseFromBlock(x).RotationMatrix();
  J.bottomRightCorner<4, 3>() = QuaternionPlusJacobian(Eigen::Map<const Eigen::Vector4d>(x + 3));
  return true;
}

bool PoseManifold::Minus(const double* y, const double* x, double* y_minus_x) const {
  Eigen::Map<Vector6d>{y_minus_x} = se3::Log(PoseFromBlock(x).Inverse() * PoseFromBlock(y));
  return true;
}

bool PoseManifold::MinusJacobian(const double* x, double* jacobian) const {
  Eigen::Map<Matrix67d>{jacobian} = PoseMinusJacobian(x);
  return true;
}

Matrix67d PoseMinusJacobian(const double* pose) {
  Matrix67d J = Matrix67d::Zero();
  J.topLeftCorner<3, 3>() = PoseFromBlock(pose).RotationMatrix().transpose();
  // The columns of the plus Jacobian are orthogonal with norm 1/2, so its pseudo-inverse is 4 times
  // the transpose.
  J.bottomRightCorner<3, 4>() =
      4 * QuaternionPlusJacobian(Eigen::Map<const Eigen::Vector4d>(pose + 3)).transpose();
  return J;
}

}  // namespace nightjar
