// SPDX-License-Identifier: Apache-2.0
#include "calibration/pinhole_equidistant.h"

#include <cmath>

#include "core/check.h"

namespace nightjar {

PinholeEquidistant::PinholeEquidistant(const Eigen::Vector2d& focal, const Eigen::Vector2d& centre,
                                       const std::vector<double>& distortion)
    : focal_(focal), centre_(centre), radial_(distortion, M_PI) {
  NIGHTJAR_CHECK(distortion.size() == 4, "k1 k2 k3 k4");
}

std::optional<Eigen::Vector2d> PinholeEquidistant::Project(const Eigen::Vector3d& point_camera,
                                                           Matrix23d* J_pixel_point) const {
  const double z = point_camera.z();
  const double radius = std::hypot(point_camera.x(), point_camera.y());
  const double distance = std::hypot(radius, z);
  if (!std::isfinite(distance) || !(distance > 0)) return std::nullopt;
  const double angle = std::atan2(radius, z);
  if (!(angle < radial_.valid_radius())) return std::nullopt;
  const double angle2 = angle * angle;
  // On the axis the direction (c, s) is undefined, but everything it is multiplied with goes to
  // zero.
  const Eigen::Vector2d direction =
      radius > 0 ? Eigen::Vector2d(point_camera.head<2>() / radius) : Eigen::Vector2d::Zero();
  const double distorted = angle * radial_.Scale(angle2);
  if (J_pixel_point != nullptr) {
    const double slope = radial_.Slope(angle2);
    const double along = slope * (z / distance) / distance;  // d distorted / d radius
    const double across =
        radius > 0 ? distorted / radius : 1 / z;  // distorted / radius: turning about the axis
    Eigen::Matrix2d J_distort = across * Eigen::Matrix2d::Identity();
    J_distort += (along - across) * direction * direction.transpose();
    const Eigen::Vector2d J_distort_z = -slope * (radius / distance) / distance * direction;
    *J_pixel_point << focal_.asDiagonal() * J_distort, focal_.cwiseProduct(J_distort_z);
  }
  return focal_.cwiseProduct(distorted * direction) + centre_;
}

std::optional<Eigen::Vector3d> PinholeEquidistant::Unproject(const Eigen::Vector2d& pixel) const {
  const Eigen::Vector2d target = (pixel - centre_).cwiseQuotient(focal_);
  const double distorted = target.norm();
  const std::optional<double> angle = radial_.Invert(distorted);
  if (!angle) return std::nullopt;
  if (distorted == 0) return Eigen::Vector3d::UnitZ();
  const Eigen::Vector2d direction = std::sin(*angle) / distorted * target;
  return Eigen::Vector3d(direction.x(), direction.y(), std::cos(*angle));
}

std::vector<double> PinholeEquidistant::Parameters() const {
  std::vector<double> parameters = {focal_.x(), focal_.y(), centre_.x(), centre_.y()};
  parameters.insert(parameters.end(), radial_.coefficients().begin(), radial_.coefficients().end());
  return parameters;
}

}  // namespace nightjar
