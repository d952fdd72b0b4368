// SPDX-License-Identifier: Apache-2.0
#include "calibration/pinhole_radial_tangential.h"

#include <Eigen/LU>
#include <cmath>
#include <limits>

#include "core/check.h"

namespace nightjar {
namespace {

std::vector<double> RadialCoefficients(const std::vector<double>& distortion) {
  NIGHTJAR_CHECK(distortion.size() == 4 || distortion.size() == 5, "k1 k2 p1 p2 [k3]");
  std::vector<double> radial = {distortion[0], distortion[1]};
  if (distortion.size() == 5) radial.push_back(distortion[4]);
  return radial;
}

constexpr double kTolerancePx = 1e-10;  // what the interface promises is 1e-9
constexpr int kMaxIterations =
    50;  // Newton needs 3 to 5; more only at the edge of the valid region

}  // namespace

PinholeRadialTangential::PinholeRadialTangential(const Eigen::Vector2d& focal,
                                                 const Eigen::Vector2d& centre,
                                                 const std::vector<double>& distortion)
    : focal_(focal),
      centre_(centre),
      distortion_(distortion),
      radial_(RadialCoefficients(distortion), std::numeric_limits<double>::infinity()),
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

bool PinholeRadialTangential::IsValid(const Eigen::Vector2d& point,
                                      const Eigen::Matrix2d& J) const {
  return point.norm() < radial_.valid_radius() && J.determinant() > 0;
}

std::optional<Eigen::Vector2d> PinholeRadialTangential::Project(const Eigen::Vector3d& point_camera,
                                                                Matrix23d* J_pixel_point) const {
  if (!(point_camera.z() > 0)) return std::nullopt;
  const double inverse_z = 1 / point_camera.z();
  const Eigen::Vector2d point = point_camera.head<2>() * inverse_z;
  Eigen::Matrix2d J_distort;
  const Eigen::Vector2d pixel = focal_.cwiseProduct(Distort(point, &J_distort)) + centre_;
  if (!pixel.allFinite() || !IsValid(point, J_distort)) return std::nullopt;
  if (J_pixel_point != nullptr) {
    const Eigen::Matrix2d J_pixel = focal_.asDiagonal() * J_distort;
    *J_pixel_point << J_pixel * inverse_z, -inverse_z * (J_pixel * point);
  }
  return pixel;
}

std::optional<Eigen::Vector3d> PinholeRadialTangential::Unproject(
    const Eigen::Vector2d& pixel) const {
  const Eigen::Vector2d target = (pixel - centre_).cwiseQuotient(focal_);
  if (!target.allFinite()) return std::nullopt;
  // Start from the radial part alone, whose inverse is safe: far out, plain Newton from `target`
  // diverges.
  Eigen::Vector2d point = target;
  if (const double distorted = target.norm(); distorted > 0) {
    const double edge = 0.99 * radial_.valid_radius();
    const double radius = radial_.Invert(distorted).value_or(std::isinf(edge) ? distorted : edge);
    point *= radius / distorted;
  }
  Eigen::Matrix2d J;
  Eigen::Vector2d residual = Distort(point, &J) - target;
  for (int i = 0; i < kMaxIterations; ++i) {
    const double error = focal_.cwiseProduct(residual).norm();
    if (error < kTolerancePx) break;
    const Eigen::Vector2d step = J.inverse() * residual;
    if (!step.allFinite()) return std::nullopt;
    // Halved until it improves. When nothing improves, the residual is at the limit of double, or
    // there is no answer.
    double length = 1;
    bool improved = false;
    for (int halvings = 0; halvings < 30 && !improved; ++halvings, length *= 0.5) {
      const Eigen::Vector2d candidate = point - length * step;
      Eigen::Matrix2d J_candidate;
      const Eigen::Vector2d candidate_residual = Distort(candidate, &J_candidate) - target;
      improved = focal_.cwiseProduct(candidate_residual).norm() < error;
      if (!improved) continue;
      point = candidate;
      residual = candidate_residual;
      J = J_candidate;
    }
    if (!improved) break;
  }
  if (!(focal_.cwiseProduct(residual).norm() < 10 * kTolerancePx) || !IsValid(point, J))
    return std::nullopt;
  return Eigen::Vector3d(point.x(), point.y(), 1).normalized();
}

std::vector<double> PinholeRadialTangential::Parameters() const {
  std::vector<double> parameters = {focal_.x(), focal_.y(), centre_.x(), centre_.y()};
  parameters.insert(parameters.end(), distortion_.begin(), distortion_.end());
  return parameters;
}

}  // namespace nightjar
