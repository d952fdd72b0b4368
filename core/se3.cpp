// SPDX-License-Identifier: Apache-2.0
#include "core/se3.h"

#include <cmath>

#include "core/portable_math.h"
#include "core/so3.h"

namespace nightjar::se3 {
namespace {

// Q(rho, theta) of the left Jacobian of SE(3), eq. 180.
Eigen::Matrix3d CouplingBlock(const Eigen::Vector3d& rho, const Eigen::Vector3d& theta) {
  const Eigen::Matrix3d P = so3::Hat(rho);
  const Eigen::Matrix3d W = so3::Hat(theta);
  const double angle2 = theta.squaredNorm();
  const double angle = std::sqrt(angle2);
  double a;            // (angle - sin) / angle^3
  double b;            // (angle^2 + 2 cos - 2) / (2 angle^4)
  double c;            // (2 angle - 3 sin + angle cos) / (2 angle^5)
  if (angle < 0.05) {  // c cancels five powers of the angle: its series must take over early
    a = 1.0 / 6 - angle2 / 120 + angle2 * angle2 / 5040;
    b = 1.0 / 24 - angle2 / 720 + angle2 * angle2 / 40320;
    c = 1.0 / 120 - angle2 / 2520 + angle2 * angle2 / 120960;
  } else {
    const double sine = portable::Sin(angle);
    const double cosine = portable::Cos(angle);
    a = (angle - sine) / (angle2 * angle);
    b = (angle2 + 2 * cosine - 2) / (2 * angle2 * angle2);
    c = (2 * angle - 3 * sine + angle * cosine) / (2 * angle2 * angle2 * angle);
  }
  const Eigen::Matrix3d WP = W * P;
  const Eigen::Matrix3d PW = P * W;
  const Eigen::Matrix3d WPW = WP * W;
  return 0.5 * P + a * (WP + PW + WPW) + b * (W * WP + PW * W - 3 * WPW) + c * (WPW * W + W * WPW);
}

}  // namespace

Se3 Exp(const Vector6d& delta) {
  const Eigen::Vector3d theta = delta.tail<3>();
  return {so3::Exp(theta), so3::LeftJacobian(theta) * delta.head<3>()};
}

Vector6d Log(const Se3& T) {
  const Eigen::Vector3d theta = so3::Log(T.rotation);
  Vector6d delta;
  delta << so3::LeftJacobianInverse(theta) * T.translation, theta;
  return delta;
}

Matrix6d RightJacobianInverse(const Vector6d& delta) {
  const Eigen::Vector3d rho = -delta.head<3>();
  const Eigen::Vector3d theta = -delta.tail<3>();
  const Eigen::Matrix3d inverse = so3::LeftJacobianInverse(theta);
  Matrix6d J = Matrix6d::Zero();
  J.topLeftCorner<3, 3>() = inverse;
  J.bottomRightCorner<3, 3>() = inverse;
  J.topRightCorner<3, 3>() = -inverse * CouplingBlock(rho, theta) * inverse;
  return J;
}

// p + R rho, and R Exp(theta) = Exp(R theta) R.
Matrix6d WorldFromPerturbation(const Se3& T_world_body) {
  const Eigen::Matrix3d R = T_world_body.RotationMatrix();
  Matrix6d to_world = Matrix6d::Zero();
  to_world.topLeftCorner<3, 3>() = R;
  to_world.bottomRightCorner<3, 3>() = R;
  return to_world;
}

}  // namespace nightjar::se3
