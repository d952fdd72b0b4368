// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <string>

#include "core/portable_math.h"
#include "spatial/context/blocks.h"

namespace nightjar {
namespace {

constexpr double kDegrees = 180 / std::numbers::pi;

// Of the way from here to the start, in body axes. The position of a map's first keyframe has no
// error of its own: all of the way's is that of the place here.
std::optional<Eigen::Matrix3d> WayBackCovariance(const ContextMoment& moment,
                                                 const TimedState& start,
                                                 const RelativePose& back) {
  if (back.covariance) return back.covariance->topLeftCorner<3, 3>();
  if (!start.error || start.error->share != 0) return std::nullopt;
  const auto& keyframes = moment.session().keyframes;
  const auto first = static_cast<size_t>(start.error->before);
  if (first > 0 && keyframes[first - 1].map == keyframes[first].map) return std::nullopt;
  const auto own = moment.timeline().JointCovariance(std::array{*moment.state()});
  if (!own) return std::nullopt;
  const Eigen::Matrix3d R = moment.state()->state.T_world_body.RotationMatrix();
  return R.transpose() * own->topLeftCorner<3, 3>() * R;
}

}  // namespace

ContextBlock WayBackBlock(const ContextMoment& moment) {
  ContextBlock block{"way_back", {}};
  if (!moment.state()) return block;
  const Trajectory& rows = moment.rows();
  const size_t first = moment.first_row_of_map();
  const Result<TimedState> start = moment.timeline().At(rows[first].state.time);
  if (!start || first == moment.row()) return block;
  const RelativePose back = RelativePoseOf(moment.timeline(), *moment.state(), *start);
  const Eigen::Vector3d d_world =
      start->state.T_world_body.translation - moment.state()->state.T_world_body.translation;
  const double distance = d_world.norm();
  double sigma = std::numeric_limits<double>::infinity(), bearing_sigma = sigma;
  const auto covariance = WayBackCovariance(moment, *start, back);
  if (covariance && distance > 0) {
    const Eigen::Matrix3d& S = *covariance;
    const Eigen::Vector3d along = back.T_a_b.translation.normalized();
    sigma = SigmaOf(along.dot(S * along));
    bearing_sigma = SigmaOf(S.trace()) / distance;
  }
  double walked = 0;
  for (size_t k = first + 1; k <= moment.row(); ++k) {
    walked += (rows[k].state.T_world_body.translation - rows[k - 1].state.T_world_body.translation)
                  .norm();
  }
  const RoundedText digits = Metres(sigma);
  const double bearing =
      WrappedAngle(moment.look().yaw_rad - portable::Atan2(d_world.y(), d_world.x()));
  const FloorPlan::Way way =
      moment.plan().Straight(moment.state()->state.T_world_body.translation.head<2>(),
                             start->state.T_world_body.translation.head<2>());
  std::string straight = "unknown after " + Fixed(way.known_free_m, 1) + "m";
  if (way.state == OccupancyGrid::kFree) straight = "free";
  if (way.state == OccupancyGrid::kOccupied)
    straight = "blocked after " + Fixed(way.known_free_m, 1) + "m";
  if (moment.plan().empty()) straight = "unknown";
  const std::string t = Fixed(moment.Seconds(rows[first].state.time), 1);
  const std::string text = fmt::format(
      "start (t={}s) {}m away at {}; walked {}m from it; straight way back {}\n", t,
      digits.Both(distance), BearingText(bearing, bearing_sigma), Fixed(walked, 1), straight);
  static constexpr std::array kStates = {"unknown", "free", "blocked"};
  block.forms = {{text,
                  {{"start_t_s", Json::parse(t)},
                   {"distance_m", RoundedJson(distance, digits)},
                   {"sigma_m", SigmaJson(digits)},
                   {"clockwise_deg", Json::parse(Fixed(bearing * kDegrees, 0))},
                   {"walked_m", Json::parse(Fixed(walked, 1))},
                   {"straight", kStates[static_cast<size_t>(way.state + 1)]},
                   {"known_free_m", Json::parse(Fixed(way.known_free_m, 1))}}}};
  return block;
}

}  // namespace nightjar
