// SPDX-License-Identifier: Apache-2.0
#include "calibration/pinhole_radial_tangential.h"

#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "calibration/invert_distortion.h"
#include "core/check.h"

namespace nightjar {
namespace {

RadialMap MakeRadialMap(const std::vector<double>& distortion) {
  const size_t count = distortion.size();
  NIGHTJAR_CHECK(count == 4 || count == 5 || count == 8, "k1 k2 p1 p2 [k3 [k4 k5 k6]]");
  std::vector<double> numerator = {distortion[0], distortion[1]};
  if (count > 4) numerator.push_back(distortion[4]);
  std::vector<double> denominator;
  if (count > 5) denominator.assign(distortion.begin() + 5, distortion.end());
  return RadialMap(std::move(numerator), std::numeric_limits<double>::infinity(),
                   std::move(denominator));
}

}  // namespace

PinholeRadialTangential::PinholeRadialTangential(const Eigen::Vector2d& focal,
                                                 const Eigen::Vector2d& centre,
                                                 const std::vector<double>& distortion)
    : affine_{focal, centre},
      distortion_(distortion),
      radial_(MakeRadialMap(distortion)),
      p1_(distortion[2]),
      p2_(distortion[3]) {}

Eigen::Vector2d PinholeRadialTangential::Distort(const Eigen::Vector2d& point,
                                                 Eigen::Matrix2d* J) const {
  const double x = point.x();
  const double y = point.y();
  const double r2 = point.squaredNorm();
  const double scale = radial_.Scale(r2);
  if (J != nullptr) {
    const double slope = 2 * radial_.ScaleDerivative(r2);
    const double cross = x * y * slope + 2 * p1_ * x + 2 * p2_ * y;
    *J << scale + x * x * slope + 2 * p1_ * y + 6 * p2_ * x, cross,  //
        cross, scale + y * y * slope + 6 * p1_ * y + 2 * p2_ * x;
  }
  return {x * scale + 2 * p1_ * x * y + p2_ * (r2 + 2 * x * x),
          y * scale + p1_ * (r2 + 2 * y * y) + 2 * p2_ * x * y};
}

Eigen::Matrix2Xd PinholeRadialTangential::DistortionJacobian(const Eigen::Vector2d& point) const {
  const double x = point.x();
  const double y = point.y();
  const double r2 = point.squaredNorm();
  const Eigen::Matrix2Xd J_radial = point * radial_.ScaleByCoefficients(r2);  // k1 k2 k3 k4 k5 k6
  Eigen::Matrix2Xd J(2, distortion_.size());
  J.leftCols<2>() = J_radial.leftCols<2>();
  J.middleCols<2>(2) << 2 * x * y, r2 + 2 * x * x, r2 + 2 * y * y, 2 * x * y;
  J.rightCols(J.cols() - 4) = J_radial.rightCols(J.cols() - 4);
  return J;
}

bool PinholeRadialTangential::IsValid(const Eigen::Vector2d& point,
                                      const Eigen::Matrix2d& J) const {
  return point.norm() < radial_.valid_radius() && J.determinant() > 0;
}

std::optional<Eigen::Vector2d> PinholeRadialTangential::Project(
    const Eigen::Vector3d& point_camera, Matrix23d* J_pixel_point,
    Eigen::Matrix2Xd* J_pixel_parameters) const {
  if (!(point_camera.z() > 0)) return std::nullopt;
  const double inverse_z = 1 / point_camera.z();
  const Eigen::Vector2d point = point_camera.head<2>() * inverse_z;
  Eigen::Matrix2d J_distort;
  const Eigen::Vector2d plane = Distort(point, &J_distort);
  const Eigen::Vector2d pixel = affine_.ToPixel(plane);
  if (!pixel.allFinite() || !IsValid(point, J_distort)) return std::nullopt;
  if (J_pixel_point != nullptr) {
    const Eigen::Matrix2d J_pixel = affine_.focal.asDiagonal() * J_distort;
    *J_pixel_point << J_pixel * inverse_z, -inverse_z * (J_pixel * point);
  }
  if (J_pixel_parameters != nullptr)
    *J_pixel_parameters = affine_.ParameterJacobian(plane, DistortionJacobian(point));
  return pixel;
}

std::optional<Eigen::Vector3d> PinholeRadialTangential::Unproject(
    const Eigen::Vector2d& pixel) const {
  const Eigen::Vector2d target = affine_.ToPlane(pixel);
  if (!target.allFinite()) return std::nullopt;
  // Start from the radial part alone, whose inverse is safe: far out, plain Newton from `target`
  // diverges.
  Eigen::Vector2d start = target;
  if (const double distorted = target.norm(); distorted > 0) {
    const double edge = 0.99 * radial_.valid_radius();
    const double radius = radial_.Invert(distorted).value_or(std::isinf(edge) ? distorted : edge);
    start *= radius / distorted;
  }
  const auto distort = [this](const Eigen::Vector2d& point, Eigen::Matrix2d* J) {
    return Distort(point, J);
  };
  const std::optional<Eigen::Vector2d> point =
      InvertDistortion(distort, target, start, affine_.focal);
  if (!point) return std::nullopt;
  Eigen::Matrix2d J;
  Distort(*point, &J);
  if (!IsValid(*point, J)) return std::nullopt;
  return Eigen::Vector3d(point->x(), point->y(), 1).normalized();
}

std::vector<double> PinholeRadialTangential::Parameters() const {
  return affine_.Parameters(distortion_);
}

}  // namespace nightjar
