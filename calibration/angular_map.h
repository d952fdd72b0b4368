// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "calibration/camera_model.h"
#include "calibration/radial_map.h"

namespace nightjar {

/// The radially symmetric part of wide-angle lenses: the distance from the centre of the plane is a
/// polynomial of the angle a between the point and +z. With (c, s) = (X, Y) / |(X, Y)|:
///
///     (x, y) = a (1 + k[0] a^2 + k[1] a^4 + ...) (c, s)
///
/// Valid for angles below the one at which the polynomial turns back, at most pi.
class AngularMap {
 public:
  explicit AngularMap(std::vector<double> coefficients);

  /// The point on the plane, or nothing outside the valid region. `J_plane_point`: 2x3;
  /// `J_plane_coefficients`: 2xn.
  std::optional<Eigen::Vector2d> Project(const Eigen::Vector3d& point_camera,
                                         Matrix23d* J_plane_point = nullptr,
                                         Eigen::Matrix2Xd* J_plane_coefficients = nullptr) const;
  /// The unit bearing that Project() takes to `plane`, or nothing when none does.
  std::optional<Eigen::Vector3d> Unproject(const Eigen::Vector2d& plane) const;

  /// The largest angle to the optical axis, rad, at most pi.
  double valid_angle() const { return radial_.valid_radius(); }
  const std::vector<double>& coefficients() const { return radial_.numerator(); }

 private:
  RadialMap radial_;
};

}  // namespace nightjar
