// SPDX-License-Identifier: Apache-2.0
#include "calibration/fisheye_rad_tan_thin_prism.h"

#include <Eigen/LU>

#include "calibration/invert_distortion.h"
#include "core/check.h"

namespace nightjar {
namespace {

std::vector<double> RadialCoefficients(const std::vector<double>& distortion) {
  NIGHTJAR_CHECK(distortion.size() == 12, "k0 k1 k2 k3 k4 k5 p0 p1 s0 s1 s2 s3");
  return {distortion.begin(), distortion.begin() + 6};
}

}  // namespace

FisheyeRadTanThinPrism::FisheyeRadTanThinPrism(const Eigen::Vector2d& focal,
                                               const Eigen::Vector2d& centre,
                                               const std::vector<double>& distortion)
    : affine_{focal, centre},
      angular_(RadialCoefficients(distortion)),
      tangential_(distortion[6], distortion[7]),
      prism_quadratic_(distortion[8], distortion[10]),
      prism_quartic_(distortion[9], distortion[11]) {}

Eigen::Vector2d FisheyeRadTanThinPrism::Distort(const Eigen::Vector2d& point,
                                                Eigen::Matrix2d* J) const {
  const double q = point.squaredNorm();
  const double t = 2 * tangential_.dot(point);
  const Eigen::Vector2d by_q = tangential_ + prism_quadratic_ + 2 * q * prism_quartic_;
  if (J != nullptr) {
    *J = (1 + t) * Eigen::Matrix2d::Identity() + 2 * point * tangential_.transpose() +
         2 * by_q * point.transpose();
  }
  return (1 + t) * point + q * (tangential_ + prism_quadratic_ + q * prism_quartic_);
}

std::optional<Eigen::Vector2d> FisheyeRadTanThinPrism::Project(
    const Eigen::Vector3d& point_camera, Matrix23d* J_pixel_point,
    Eigen::Matrix2Xd* J_pixel_parameters) const {
  Matrix23d J_point;
  Eigen::Matrix2Xd J_radial;
  const std::optional<Eigen::Vector2d> point =
      angular_.Project(point_camera, J_pixel_point == nullptr ? nullptr : &J_point,
                       J_pixel_parameters == nullptr ? nullptr : &J_radial);
  if (!point) return std::nullopt;
  Eigen::Matrix2d J_distort;
  const Eigen::Vector2d plane = Distort(*point, &J_distort);
  if (!plane.allFinite() || !(J_distort.determinant() > 0)) return std::nullopt;
  if (J_pixel_point != nullptr) *J_pixel_point = affine_.focal.asDiagonal() * J_distort * J_point;
  if (J_pixel_parameters != nullptr) {
    const double x = point->x();
    const double y = point->y();
    const double q = point->squaredNorm();
    Eigen::Matrix2Xd J(2, 12);
    J.leftCols<6>() = J_distort * J_radial;
    J.middleCols<2>(6) << 2 * x * x + q, 2 * x * y, 2 * x * y, 2 * y * y + q;
    J.rightCols<4>() << q, q * q, 0, 0, 0, 0, q, q * q;
    *J_pixel_parameters = affine_.ParameterJacobian(plane, J);
  }
  return affine_.ToPixel(plane);
}

std::optional<Eigen::Vector3d> FisheyeRadTanThinPrism::Unproject(
    const Eigen::Vector2d& pixel) const {
  const Eigen::Vector2d target = affine_.ToPlane(pixel);
  if (!target.allFinite()) return std::nullopt;
  const auto distort = [this](const Eigen::Vector2d& point, Eigen::Matrix2d* J) {
    return Distort(point, J);
  };
  // These terms move a point by a few thousandths: the target itself is a good start.
  const std::optional<Eigen::Vector2d> point =
      InvertDistortion(distort, target, target, affine_.focal);
  if (!point) return std::nullopt;
  Eigen::Matrix2d J;
  Distort(*point, &J);
  if (!(J.determinant() > 0)) return std::nullopt;
  return angular_.Unproject(*point);
}

std::vector<double> FisheyeRadTanThinPrism::Parameters() const {
  std::vector<double> distortion = angular_.coefficients();
  distortion.insert(distortion.end(),
                    {tangential_.x(), tangential_.y(), prism_quadratic_.x(), prism_quartic_.x(),
                     prism_quadratic_.y(), prism_quartic_.y()});
  return affine_.Parameters(distortion);
}

}  // namespace nightjar
