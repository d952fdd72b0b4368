// SPDX-License-Identifier: Apache-2.0
#include "calibration/angular_map.h"

#include <cmath>
#include <utility>

#include "core/portable_math.h"

namespace nightjar {

AngularMap::AngularMap(std::vector<double> coefficients) : radial_(std::move(coefficients), M_PI) {}

std::optional<Eigen::Vector2d> AngularMap::Project(const Eigen::Vector3d& point_camera,
                                                   Matrix23d* J_plane_point,
                                                   Eigen::Matrix2Xd* J_plane_coefficients) const {
  const double z = point_camera.z();
  const double radius = point_camera.head<2>().norm();
  const double distance = point_camera.norm();
  if (!std::isfinite(distance) || !(distance > 0)) return std::nullopt;
  const double angle = portable::Atan2(radius, z);
  if (!(angle < radial_.valid_radius())) return std::nullopt;
  const double angle2 = angle * angle;
  // On the axis the direction (c, s) is undefined, but everything it is multiplied with goes to
  // zero.
  const Eigen::Vector2d direction =
      radius > 0 ? Eigen::Vector2d(point_camera.head<2>() / radius) : Eigen::Vector2d::Zero();
  const double distorted = angle * radial_.Scale(angle2);
  if (J_plane_point != nullptr) {
    const double slope = radial_.Slope(angle2);
    const double along = slope * (z / distance) / distance;  // d distorted / d radius
    const double across =
        radius > 0 ? distorted / radius : 1 / z;  // distorted / radius: turning about the axis
    Eigen::Matrix2d J = across * Eigen::Matrix2d::Identity();
    J += (along - across) * direction * direction.transpose();
    *J_plane_point << J, -slope * (radius / distance) / distance * direction;
  }
  if (J_plane_coefficients != nullptr)
    *J_plane_coefficients = angle * direction * radial_.ScaleByCoefficients(angle2);
  return Eigen::Vector2d(distorted * direction);
}

std::optional<Eigen::Vector3d> AngularMap::Unproject(const Eigen::Vector2d& plane) const {
  const double distorted = plane.norm();
  const std::optional<double> angle = radial_.Invert(distorted);
  if (!angle) return std::nullopt;
  if (distorted == 0) return Eigen::Vector3d::UnitZ();
  const Eigen::Vector2d direction = portable::Sin(*angle) / distorted * plane;
  return Eigen::Vector3d(direction.x(), direction.y(), portable::Cos(*angle));
}

}  // namespace nightjar
