// SPDX-License-Identifier: Apache-2.0
#include "core/so3.h"

#include <cmath>

#include "core/portable_math.h"

namespace nightjar::so3 {
namespace {

// Below this angle the closed forms lose more digits to cancellation than their series lose to
// truncation.
constexpr double kSmallAngle = 1e-3;

}  // namespace

Eigen::Matrix3d Hat(const Eigen::Vector3d& v) {
  Eigen::Matrix3d hat;
  hat << 0, -v.z(), v.y(), v.z(), 0, -v.x(), -v.y(), v.x(), 0;
  return hat;
}

Eigen::Quaterniond Exp(const Eigen::Vector3d& theta) {
  const double angle2 = theta.squaredNorm();
  const double angle = std::sqrt(angle2);
  double w;
  double scale;  // sin(angle / 2) / angle
  if (angle < kSmallAngle) {
    w = 1 - angle2 / 8 + angle2 * angle2 / 384;
    scale = 0.5 - angle2 / 48;
  } else {
    w = portable::Cos(0.5 * angle);
    scale = portable::Sin(0.5 * angle) / angle;
  }
  Eigen::Quaterniond q(w, scale * theta.x(), scale * theta.y(), scale * theta.z());
  q.normalize();
  return q;
}

Eigen::Vector3d Log(const Eigen::Quaterniond& q) {
  const double sign = q.w() < 0 ? -1.0 : 1.0;  // q and -q are the same rotation: take the short way
  const Eigen::Vector3d v = sign * q.vec();
  const double w = sign * q.w();
  const double sine = v.norm();
  if (sine < kSmallAngle) {
    // atan(s / w) / s with s small: 2 / w * (1 - (s / w)^2 / 3)
    const double ratio2 = sine * sine / (w * w);
    return (2 / w) * (1 - ratio2 / 3 + ratio2 * ratio2 / 5) * v;
  }
  return (2 * portable::Atan2(sine, w) / sine) * v;
}

Eigen::Matrix3d LeftJacobian(const Eigen::Vector3d& theta) {
  const double angle2 = theta.squaredNorm();
  const double angle = std::sqrt(angle2);
  double a;  // (1 - cos) / angle^2
  double b;  // (angle - sin) / angle^3
  if (angle < 1e-2) {
    a = 0.5 - angle2 / 24 + angle2 * angle2 / 720;
    b = 1.0 / 6 - angle2 / 120 + angle2 * angle2 / 5040;
  } else {
    const double half_sine = portable::Sin(0.5 * angle);
    a = 2 * half_sine * half_sine / angle2;
    b = (angle - portable::Sin(angle)) / (angle2 * angle);
  }
  const Eigen::Matrix3d hat = Hat(theta);
  return Eigen::Matrix3d::Identity() + a * hat + b * hat * hat;
}

Eigen::Matrix3d LeftJacobianInverse(const Eigen::Vector3d& theta) {
  const double angle2 = theta.squaredNorm();
  const double angle = std::sqrt(angle2);
  double c;  // 1 / angle^2 - cot(angle / 2) / (2 angle), finite at pi
  if (angle < 1e-2) {
    c = 1.0 / 12 + angle2 / 720 + angle2 * angle2 / 30240;
  } else {
    c = 1 / angle2 - portable::Cos(0.5 * angle) / (2 * angle * portable::Sin(0.5 * angle));
  }
  const Eigen::Matrix3d hat = Hat(theta);
  return Eigen::Matrix3d::Identity() - 0.5 * hat + c * hat * hat;
}

}  // namespace nightjar::so3
