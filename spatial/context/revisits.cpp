// SPDX-License-Identifier: Apache-2.0
#include "spatial/context/revisits.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "spatial/context/rounded_text.h"
#include "spatial/query/relative_pose.h"

namespace nightjar {
namespace {

// Rows a step apart: rows come faster than a body gets anywhere.
std::vector<size_t> Thinned(const Trajectory& rows, size_t first, size_t last, double step_s) {
  std::vector<size_t> thinned;
  for (size_t k = first; k <= last; ++k) {
    if (QualityScore(rows[k].status) == 0) continue;
    if (thinned.empty() ||
        ToSeconds(rows[k].state.time - rows[thinned.back()].state.time) >= step_s)
      thinned.push_back(k);
  }
  return thinned;
}

double SigmaBetween(const Timeline& timeline, size_t earlier, size_t row) {
  const auto a = timeline.At(timeline.rows()[earlier].state.time);
  const auto b = timeline.At(timeline.rows()[row].state.time);
  if (!a || !b) return std::numeric_limits<double>::infinity();
  const RelativePose way = RelativePoseOf(timeline, *a, *b);
  if (!way.covariance) return std::numeric_limits<double>::infinity();
  // Of a distance near zero no direction is known: the worst one.
  const Eigen::Matrix3d position = way.covariance->topLeftCorner<3, 3>();
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(position, Eigen::EigenvaluesOnly);
  return SigmaOf(solver.eigenvalues().maxCoeff());
}

}  // namespace

std::vector<Revisit> FindRevisits(const Timeline& timeline, size_t first, size_t last,
                                  const RevisitOptions& options) {
  const Trajectory& rows = timeline.rows();
  if (rows.empty()) return {};
  const std::vector<size_t> thinned = Thinned(rows, first, last, options.step_s);
  const auto place = [&](size_t k) -> const Eigen::Vector3d& {
    return rows[thinned[k]].state.T_world_body.translation;
  };
  std::vector<Revisit> revisits;
  std::optional<Revisit> stay;  // the nearest of the return that lasts
  for (size_t now = 0; now < thinned.size(); ++now) {
    std::optional<size_t> nearest;
    double farthest_m = 0, nearest_m = options.within_m;
    // Back in time: was one away from here since?
    for (size_t k = now; k-- > 0;) {
      const double distance = (place(now) - place(k)).norm();
      farthest_m = std::max(farthest_m, distance);
      const double since_s = ToSeconds(rows[thinned[now]].state.time - rows[thinned[k]].state.time);
      if (farthest_m < options.left_m || since_s < options.after_s || distance > nearest_m)
        continue;
      nearest = k;
      nearest_m = distance;
    }
    if (nearest && (!stay || nearest_m < stay->distance_m))
      stay = Revisit{thinned[now], thinned[*nearest], nearest_m, 0};
    if ((!nearest || now + 1 == thinned.size()) && stay) {
      revisits.push_back(*stay);
      stay.reset();
    }
  }
  for (Revisit& revisit : revisits)
    revisit.sigma_m = SigmaBetween(timeline, revisit.earlier, revisit.row);
  return revisits;
}

}  // namespace nightjar
