// SPDX-License-Identifier: Apache-2.0
#include "core/motion_spline.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/check.h"
#include "core/so3.h"

namespace nightjar {
namespace {

constexpr int kOrder = MotionSpline::kOrder;
using Weights = MotionSpline::Weights;

// The pieces of the uniform B-spline of degree `order` - 1 that are not zero on one interval, at u
// in [0, 1): the recursion of Cox and de Boor.
Weights Pieces(double u, int order) {
  Weights b = {1};
  for (int k = 2; k <= order; ++k) {
    Weights raised = {};
    for (int i = 0; i < k; ++i) {
      const double left = i > 0 ? (u + k - 1 - i) / (k - 1) * b[static_cast<size_t>(i - 1)] : 0;
      const double right = i < k - 1 ? (1 + i - u) / (k - 1) * b[static_cast<size_t>(i)] : 0;
      raised[static_cast<size_t>(i)] = left + right;
    }
    b = raised;
  }
  return b;
}

// d/du of the pieces of order kOrder: differences of those of one order less.
Weights Differences(const Weights& lower) {
  Weights d = {};
  for (size_t i = 0; i < d.size(); ++i)
    d[i] = (i > 0 ? lower[i - 1] : 0) - (i + 1 < d.size() ? lower[i] : 0);
  return d;
}

// How much of the step from control pose i - 1 to control pose i has been made.
Weights Cumulative(const Weights& weights) {
  Weights sums = weights;
  for (size_t i = sums.size() - 1; i-- > 0;) sums[i] += sums[i + 1];
  return sums;
}

struct Place {
  int segment;
  double u;
};

Place PlaceOf(double t_s, double begin_s, double interval_s, size_t control_poses) {
  const double last = static_cast<double>(control_poses) - kOrder;
  const double x = std::clamp((t_s - begin_s) / interval_s, 0.0, last + 1);
  const double segment = std::min(std::floor(x), last);
  return {static_cast<int>(segment), x - segment};
}

}  // namespace

MotionSpline::MotionSpline(double begin_s, double interval_s, std::vector<Se3> control_poses)
    : begin_s_(begin_s), interval_s_(interval_s), control_poses_(std::move(control_poses)) {
  NIGHTJAR_CHECK(interval_s_ > 0 && control_poses_.size() >= static_cast<size_t>(kOrder),
                 "a spline has an interval and six control poses");
}

double MotionSpline::end_s() const {
  return begin_s_ + static_cast<double>(control_poses_.size() - kOrder + 1) * interval_s_;
}

MotionSpline::Basis MotionSpline::BasisAt(double t_s) const {
  const Place place = PlaceOf(t_s, begin_s_, interval_s_, control_poses_.size());
  return {place.segment, Pieces(place.u, kOrder)};
}

Motion MotionSpline::At(double t_s) const {
  const auto [segment, u] = PlaceOf(t_s, begin_s_, interval_s_, control_poses_.size());
  const Weights weights = Pieces(u, kOrder);
  const Weights lower = Pieces(u, kOrder - 1);
  const Weights first = Differences(lower);
  const Weights second = Differences(Differences(Pieces(u, kOrder - 2)));
  const Weights cumulative = Cumulative(weights);
  const Weights cumulative_first = Cumulative(first);

  const Se3* pose = &control_poses_[static_cast<size_t>(segment)];
  Motion motion;
  Eigen::Quaterniond R = pose[0].rotation;
  Eigen::Vector3d p = Eigen::Vector3d::Zero();
  for (size_t i = 0; i < weights.size(); ++i) {
    p += weights[i] * pose[i].translation;
    motion.velocity_world += first[i] / interval_s_ * pose[i].translation;
    motion.acceleration_world += second[i] / (interval_s_ * interval_s_) * pose[i].translation;
    if (i == 0) continue;
    const Eigen::Vector3d step = so3::Log(pose[i - 1].rotation.conjugate() * pose[i].rotation);
    const Eigen::Quaterniond made = so3::Exp(cumulative[i] * step);
    motion.angular_velocity_body =
        made.conjugate() * motion.angular_velocity_body + cumulative_first[i] / interval_s_ * step;
    R = R * made;
  }
  motion.T_world_body = {R.normalized(), p};
  return motion;
}

}  // namespace nightjar
