// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <Eigen/LU>
#include <optional>

namespace nightjar {

/// The point that a smooth map of the plane moves to `target`, or nothing when none is found:
/// Newton's method from `start`, whose steps are halved until they improve. `distort`: Vector2d
/// point, Matrix2d* J -> Vector2d. Errors are measured in pixels, by `focal`; to 1e-9 px.
template <typename Distort>
std::optional<Eigen::Vector2d> InvertDistortion(const Distort& distort,
                                                const Eigen::Vector2d& target,
                                                const Eigen::Vector2d& start,
                                                const Eigen::Vector2d& focal) {
  constexpr double kTolerancePx = 1e-10;  // what is promised is 1e-9
  constexpr int kMaxIterations = 50;      // 3 to 5 do; more only at the edge of the valid region
  Eigen::Vector2d point = start;
  Eigen::Matrix2d J;
  Eigen::Vector2d residual = distort(point, &J) - target;
  for (int i = 0; i < kMaxIterations; ++i) {
    const double error = focal.cwiseProduct(residual).norm();
    if (error < kTolerancePx) break;
    const Eigen::Vector2d step = J.inverse() * residual;
    if (!step.allFinite()) return std::nullopt;
    // When nothing improves, the residual is at the limit of double, or there is no answer.
    double length = 1;
    bool improved = false;
    for (int halvings = 0; halvings < 30 && !improved; ++halvings, length *= 0.5) {
      const Eigen::Vector2d candidate = point - length * step;
      Eigen::Matrix2d J_candidate;
      const Eigen::Vector2d candidate_residual = distort(candidate, &J_candidate) - target;
      improved = focal.cwiseProduct(candidate_residual).norm() < error;
      if (!improved) continue;
      point = candidate;
      residual = candidate_residual;
      J = J_candidate;
    }
    if (!improved) break;
  }
  if (!(focal.cwiseProduct(residual).norm() < 10 * kTolerancePx)) return std::nullopt;
  return point;
}

}  // namespace nightjar
