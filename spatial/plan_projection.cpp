// SPDX-License-Identifier: Apache-2.0
#include "spatial/plan_projection.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <vector>

namespace nightjar {
namespace {

constexpr double kSideMarginPx = 60;    // beside what is fitted
constexpr double kWordsMarginPx = 100;  // above and below it, where the words are
constexpr double kPathShare = 1.0 / 3;  // of the picture that the path keeps in one direction
constexpr double kMostSlack = 0.6;      // of the way to the edge, for the path to be off the centre
// Somebody who stands still gets a picture of this size, not one of the noise.
constexpr double kLeastExtentM = 0.2;

// Where the inner nine tenths of some values lie, and their middle one.
struct Spread {
  double low;
  double middle;
  double high;
};

Spread SpreadOf(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  const size_t cut = values.size() / 20;
  return {values[cut], values[values.size() / 2], values[values.size() - 1 - cut]};
}

Eigen::AlignedBox2d PathBox(const Trajectory& path) {
  Eigen::AlignedBox2d box;
  for (const TrajectoryRow& row : path) box.extend(row.state.T_world_body.translation.head<2>());
  return box;
}

struct Surroundings {
  Eigen::AlignedBox2d box;  // of the landmarks' inner nine tenths
  Eigen::Vector2d middle;   // where most of them are
};

Surroundings SurroundingsOf(const std::vector<Landmark>& landmarks,
                            const Eigen::AlignedBox2d& path_box) {
  std::vector<double> x;
  std::vector<double> y;
  for (const Landmark& landmark : landmarks) {
    if (!landmark.position_world.allFinite()) continue;
    x.push_back(landmark.position_world.x());
    y.push_back(landmark.position_world.y());
  }
  if (x.empty()) return {path_box, path_box.center()};
  const Spread across = SpreadOf(std::move(x));
  const Spread along = SpreadOf(std::move(y));
  return {{Eigen::Vector2d(across.low, along.low), Eigen::Vector2d(across.high, along.high)},
          {across.middle, along.middle}};
}

}  // namespace

PlanProjection FitPlan(const Trajectory& path, const std::vector<Landmark>& landmarks,
                       const Eigen::Vector2d& size_px) {
  const Eigen::AlignedBox2d path_box = PathBox(path);
  PlanProjection plan;
  plan.centre_px = plan.half_size_px = 0.5 * size_px;
  if (path_box.isEmpty()) return plan;

  const Eigen::Vector2d room_px = size_px - 2 * Eigen::Vector2d(kSideMarginPx, kWordsMarginPx);
  const auto scale_for = [&](const Eigen::Vector2d& extent) {
    return (room_px.array() / extent.array().max(kLeastExtentM)).minCoeff();
  };
  const double path_scale = scale_for(path_box.sizes());
  const Surroundings surroundings = SurroundingsOf(landmarks, path_box);
  const Eigen::Vector2d everything = path_box.merged(surroundings.box).sizes();
  plan.pixels_per_metre = std::max(scale_for(everything), kPathShare * path_scale);
  // Between the path and where most landmarks are, but never so that the path comes near the edge.
  const Eigen::Array2d slack =
      kMostSlack * 0.5 * (room_px / plan.pixels_per_metre - path_box.sizes()).array().max(0);
  const Eigen::Array2d path_centre = path_box.center().array();
  const Eigen::Array2d wanted = 0.5 * (path_centre + surroundings.middle.array());
  plan.centre_world = wanted.max(path_centre - slack).min(path_centre + slack);
  return plan;
}

double RoundDown125(double limit) {
  const double power = std::pow(10.0, std::floor(std::log10(limit)));
  for (const double factor : {10.0, 5.0, 2.0}) {
    if (factor * power <= limit * (1 + 1e-12)) return factor * power;
  }
  return power;
}

Ellipse SigmaEllipse(const Eigen::Matrix2d& covariance) {
  const double mean = 0.5 * (covariance(0, 0) + covariance(1, 1));
  const double difference = 0.5 * (covariance(0, 0) - covariance(1, 1));
  const double radius = std::hypot(difference, covariance(0, 1));
  return {std::sqrt(std::max(0.0, mean + radius)), std::sqrt(std::max(0.0, mean - radius)),
          0.5 * std::atan2(covariance(0, 1), difference)};
}

}  // namespace nightjar
