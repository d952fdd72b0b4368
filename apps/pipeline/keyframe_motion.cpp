// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/keyframe_motion.h"

#include <algorithm>
#include <cmath>

namespace nightjar {
namespace {

constexpr size_t kReference = 0;

Trajectory::const_iterator RowAtOrAfter(const Trajectory& trajectory, SensorTime time) {
  return std::lower_bound(
      trajectory.begin(), trajectory.end(), time,
      [](const TrajectoryRow& row, SensorTime t) { return row.state.time < t; });
}

}  // namespace

std::optional<Se3> PoseAt(const Trajectory& trajectory, SensorTime time) {
  const auto after = RowAtOrAfter(trajectory, time);
  if (after == trajectory.end()) return std::nullopt;
  if (after->state.time == time) return after->state.T_world_body;
  if (after == trajectory.begin() || (after - 1)->map != after->map) return std::nullopt;
  const NavigationState& from = (after - 1)->state;
  const NavigationState& to = after->state;
  const double share = ToSeconds(time - from.time) / ToSeconds(to.time - from.time);
  const Vector6d step = se3::Log(from.T_world_body.Inverse() * to.T_world_body);
  return from.T_world_body * se3::Exp(share * step);
}

MoveSigma RowSigma(const Session& session, size_t keyframe) {
  const double spread_s = session.rig.cameras[kReference].readout_s / std::sqrt(12.0);
  const NavigationState& state = session.keyframes[keyframe].state;
  const auto row = RowAtOrAfter(session.closed_loop, state.time);
  const double turn_rate = row != session.closed_loop.end() && row->state.time == state.time
                               ? row->angular_velocity_body.norm()
                               : 0;
  return {state.velocity_world.norm() * spread_s, turn_rate * spread_s};
}

MoveSigma SigmaBetween(const Session& session, size_t a, size_t b) {
  constexpr double kLeastPosition_m = 0.001, kLeastTurn_rad = 0.00025;
  const auto root = [&](int first) {
    const auto variance = [&](size_t keyframe) {
      return session.keyframes[keyframe].covariance.diagonal().segment<3>(first).mean();
    };
    return std::sqrt(std::abs(variance(a) - variance(b)));
  };
  const MoveSigma rows_a = RowSigma(session, a), rows_b = RowSigma(session, b);
  const auto all = [](double pose, double first, double second) {
    return std::sqrt(pose * pose + first * first + second * second);
  };
  return {all(std::max(kLeastPosition_m, root(0)), rows_a.position_m, rows_b.position_m),
          all(std::max(kLeastTurn_rad, root(3)), rows_a.turn_rad, rows_b.turn_rad)};
}

}  // namespace nightjar
