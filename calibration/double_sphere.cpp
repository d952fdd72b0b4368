// SPDX-License-Identifier: Apache-2.0
#include "calibration/double_sphere.h"

#include <cmath>

#include "core/check.h"

namespace nightjar {

DoubleSphere::DoubleSphere(const Eigen::Vector2d& focal, const Eigen::Vector2d& centre,
                           const std::vector<double>& distortion)
    : affine_{focal, centre} {
  NIGHTJAR_CHECK(distortion.size() == 2, "xi alpha");
  xi_ = distortion[0];
  alpha_ = distortion[1];
}

std::optional<Eigen::Vector2d> DoubleSphere::Project(const Eigen::Vector3d& point_camera,
                                                     Matrix23d* J_pixel_point,
                                                     Eigen::Matrix2Xd* J_pixel_parameters) const {
  const double d1 = point_camera.norm();
  if (!std::isfinite(d1) || !(d1 > 0)) return std::nullopt;
  const double z2 = xi_ * d1 + point_camera.z();
  const double d2 = std::sqrt(point_camera.head<2>().squaredNorm() + z2 * z2);
  const double w = alpha_ <= 0.5 ? alpha_ / (1 - alpha_) : (1 - alpha_) / alpha_;
  if (!(z2 > -w * d2)) return std::nullopt;
  const double denominator = alpha_ * d2 + (1 - alpha_) * z2;
  const Eigen::Vector2d plane = point_camera.head<2>() / denominator;
  if (!(denominator > 0) || !plane.allFinite()) return std::nullopt;

  // d denominator = alpha d d2 + (1 - alpha) d z2, d d2 = (X dX + Y dY + z2 d z2) / d2.
  const double by_z2 = alpha_ * z2 / d2 + (1 - alpha_);
  if (J_pixel_point != nullptr) {
    Eigen::RowVector3d J_denominator = by_z2 * xi_ / d1 * point_camera.transpose();
    J_denominator.z() += by_z2;
    J_denominator.head<2>() += alpha_ / d2 * point_camera.head<2>().transpose();
    Matrix23d J = -plane * J_denominator;
    J.leftCols<2>() += Eigen::Matrix2d::Identity();
    *J_pixel_point = affine_.focal.asDiagonal() * J / denominator;
  }
  if (J_pixel_parameters != nullptr) {
    const Eigen::RowVector2d J_denominator(by_z2 * d1, d2 - z2);  // by xi, alpha
    *J_pixel_parameters = affine_.ParameterJacobian(plane, -plane / denominator * J_denominator);
  }
  return affine_.ToPixel(plane);
}

std::optional<Eigen::Vector3d> DoubleSphere::Unproject(const Eigen::Vector2d& pixel) const {
  const Eigen::Vector2d plane = affine_.ToPlane(pixel);
  const double r2 = plane.squaredNorm();
  const double under_root = 1 - (2 * alpha_ - 1) * r2;
  if (!std::isfinite(r2) || !(under_root >= 0)) return std::nullopt;
  const double mz = (1 - alpha_ * alpha_ * r2) / (alpha_ * std::sqrt(under_root) + 1 - alpha_);
  const double scale = (mz * xi_ + std::sqrt(mz * mz + (1 - xi_ * xi_) * r2)) / (mz * mz + r2);
  const Eigen::Vector3d bearing(scale * plane.x(), scale * plane.y(), scale * mz - xi_);
  return bearing.normalized();
}

}  // namespace nightjar
