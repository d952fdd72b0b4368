// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/plane_fit.h"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <algorithm>
#include <cmath>

#include "core/so3.h"

namespace nightjar {
namespace {

using Eigen::Matrix3d;
using Eigen::Vector3d;

constexpr double kHuber = 2.5;
constexpr int kRounds = 8;

// Weighted mean and scatter of points.
struct Moments {
  double weight = 0;
  Vector3d mean = Vector3d::Zero();
  Matrix3d scatter = Matrix3d::Zero();

  // West, "Updating mean and variance estimates", CACM 22 (1979): no digits are lost far away from
  // the origin.
  void Add(const Vector3d& point, double w) {
    weight += w;
    const Vector3d step = point - mean;
    mean += (w / weight) * step;
    scatter += w * step * (point - mean).transpose();
  }
};

// Directions in the plane, with the normal right-handed.
Eigen::Matrix<double, 3, 2> InPlane(const Vector3d& normal) {
  int least = 0;
  normal.cwiseAbs().minCoeff(&least);
  Eigen::Matrix<double, 3, 2> basis;
  basis.col(0) = Vector3d::Unit(least).cross(normal).normalized();
  basis.col(1) = normal.cross(basis.col(0));
  return basis;
}

void Covariance(std::span<const Surfel> surfels, std::span<const int> members,
                const PlaneFitOptions& options, FittedPlane& plane) {
  const Eigen::Matrix<double, 3, 2> basis = InPlane(plane.normal_world);
  Matrix3d information = Matrix3d::Zero();  // of offset at the centre and the two slopes
  double sigmas = 0, areas = 0;
  for (const int member : members) {
    const Surfel& s = surfels[static_cast<size_t>(member)];
    const double sigma = std::max(s.sigma_m, plane.rms_m);
    const Vector3d away = s.position_world - plane.centre_world;
    const Vector3d row(1, basis.col(0).dot(away), basis.col(1).dot(away));
    const double independent = s.area_m2 / (options.correlation_m * options.correlation_m);
    information += independent / (sigma * sigma) * row * row.transpose();
    sigmas += s.area_m2 * s.sigma_m;
    areas += s.area_m2;
  }
  // A plane seen in fewer patches than it has parameters still has a covariance: no slope is more
  // than a radian off, no offset more than a metre.
  information.diagonal().array() += 1;
  Matrix3d covariance = information.inverse();
  const double common = options.common_share * sigmas / areas;
  covariance(0, 0) += common * common;
  // A slope s turns the normal by -s along its axis, and moves the plane's foot.
  Eigen::Matrix<double, 4, 3> J = Eigen::Matrix<double, 4, 3>::Zero();
  J.topRightCorner<3, 2>() = -basis;
  J(3, 0) = 1;
  J.bottomRightCorner<1, 2>() = -plane.centre_world.transpose() * basis;
  plane.covariance = J * covariance * J.transpose();
}

}  // namespace

std::optional<FittedPlane> FitPlane(std::span<const Surfel> surfels, std::span<const int> members,
                                    const PlaneFitOptions& options) {
  if (members.size() < 3) return std::nullopt;
  FittedPlane plane;
  for (int round = 0; round < kRounds; ++round) {
    Moments moments;
    Vector3d normals = Vector3d::Zero();
    for (const int member : members) {
      const Surfel& s = surfels[static_cast<size_t>(member)];
      double weight = s.area_m2 / (s.sigma_m * s.sigma_m);
      normals += weight * s.normal_world;
      if (round > 0) {
        const double away = std::abs(plane.Distance(s.position_world));
        const double limit = kHuber * s.sigma_m;
        if (away > limit) weight *= limit / away;
      }
      moments.Add(s.position_world, weight);
    }
    const Eigen::SelfAdjointEigenSolver<Matrix3d> solver(moments.scatter / moments.weight);
    if (solver.info() != Eigen::Success || solver.eigenvalues()[1] < 1e-6) return std::nullopt;
    plane.normal_world = solver.eigenvectors().col(0);
    if (plane.normal_world.dot(normals) < 0) plane.normal_world = -plane.normal_world;
    plane.centre_world = moments.mean;
    plane.offset_m = plane.normal_world.dot(moments.mean);
    plane.rms_m = std::sqrt(std::max(0.0, solver.eigenvalues()[0]));
  }
  Covariance(surfels, members, options, plane);
  return plane;
}

Eigen::Matrix4d PoseCovarianceOfPlane(const FittedPlane& plane, const Keyframe& keyframe) {
  // A point x of it moves by dp + dr x (x - p); n by dr x n, and d = n . x.
  const Vector3d& n = plane.normal_world;
  Eigen::Matrix<double, 4, 6> J = Eigen::Matrix<double, 4, 6>::Zero();
  J.topRightCorner<3, 3>() = -so3::Hat(n);
  J.bottomLeftCorner<1, 3>() = n.transpose();
  J.bottomRightCorner<1, 3>() = n.cross(keyframe.state.T_world_body.translation).transpose();
  return J * keyframe.covariance.topLeftCorner<6, 6>() * J.transpose();
}

}  // namespace nightjar
