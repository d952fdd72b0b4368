// SPDX-License-Identifier: Apache-2.0
#include "calibration/pinhole_equidistant.h"

#include "core/check.h"

namespace nightjar {

PinholeEquidistant::PinholeEquidistant(const Eigen::Vector2d& focal, const Eigen::Vector2d& centre,
                                       const std::vector<double>& distortion)
    : affine_{focal, centre}, angular_(distortion) {
  NIGHTJAR_CHECK(distortion.size() == 4, "k1 k2 k3 k4");
}

std::optional<Eigen::Vector2d> PinholeEquidistant::Project(
    const Eigen::Vector3d& point_camera, Matrix23d* J_pixel_point,
    Eigen::Matrix2Xd* J_pixel_parameters) const {
  Eigen::Matrix2Xd J_coefficients;
  const std::optional<Eigen::Vector2d> plane = angular_.Project(
      point_camera, J_pixel_point, J_pixel_parameters == nullptr ? nullptr : &J_coefficients);
  if (!plane) return std::nullopt;
  if (J_pixel_point != nullptr) *J_pixel_point = affine_.focal.asDiagonal() * *J_pixel_point;
  if (J_pixel_parameters != nullptr)
    *J_pixel_parameters = affine_.ParameterJacobian(*plane, J_coefficients);
  return affine_.ToPixel(*plane);
}

std::optional<Eigen::Vector3d> PinholeEquidistant::Unproject(const Eigen::Vector2d& pixel) const {
  return angular_.Unproject(affine_.ToPlane(pixel));
}

std::vector<double> PinholeEquidistant::Parameters() const {
  return affine_.Parameters(angular_.coefficients());
}

}  // namespace nightjar
