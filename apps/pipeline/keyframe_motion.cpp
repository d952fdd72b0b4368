// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/keyframe_motion.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/keyframe_pair.h"
#include "spatial/query/relative_pose.h"

namespace nightjar {
namespace {

constexpr size_t kReference = 0;

Trajectory::const_iterator RowAtOrAfter(const Trajectory& trajectory, SensorTime time) {
  return std::lower_bound(
      trajectory.begin(), trajectory.end(), time,
      [](const TrajectoryRow& row, SensorTime t) { return row.state.time < t; });
}

// Of the way between two keyframes, position and rotation.
Vector6d VarianceBetween(const Session& session, size_t first, size_t second) {
  const Keyframe &a = session.keyframes[first], &b = session.keyframes[second];
  const auto place = [](const KeyframePair& pair) { return std::pair(pair.first, pair.second); };
  const std::pair wanted(static_cast<int>(first), static_cast<int>(second));
  const auto pair = std::ranges::lower_bound(session.pairs, wanted, {}, place);
  if (pair != session.pairs.end() && place(*pair) == wanted) {
    return RelativeCovariance(a.state.T_world_body, b.state.T_world_body,
                              a.covariance.topLeftCorner<6, 6>(),
                              b.covariance.topLeftCorner<6, 6>(), pair->cross_covariance)
        .diagonal();
  }
  return (b.covariance - a.covariance).diagonal().head<6>().cwiseAbs();
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

std::optional<Se3> WayBetween(const Trajectory& trajectory, SensorTime from, SensorTime to) {
  const auto T_world_from = PoseAt(trajectory, from), T_world_to = PoseAt(trajectory, to);
  if (!T_world_from || !T_world_to) return std::nullopt;
  if (RowAtOrAfter(trajectory, from)->map != RowAtOrAfter(trajectory, to)->map) return std::nullopt;
  return T_world_to->Inverse() * *T_world_from;
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
  const Vector6d variance = VarianceBetween(session, std::min(a, b), std::max(a, b));
  const auto root = [&variance](int first) {
    return std::sqrt(std::max(0.0, variance.segment<3>(first).mean()));
  };
  const MoveSigma rows_a = RowSigma(session, a), rows_b = RowSigma(session, b);
  const auto all = [](double pose, double first, double second) {
    return std::sqrt(pose * pose + first * first + second * second);
  };
  return {all(std::max(kLeastPosition_m, root(0)), rows_a.position_m, rows_b.position_m),
          all(std::max(kLeastTurn_rad, root(3)), rows_a.turn_rad, rows_b.turn_rad)};
}

}  // namespace nightjar
