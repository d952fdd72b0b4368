// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/portable_math.h"
#include "spatial/context/blocks.h"

namespace nightjar {
namespace {

constexpr double kDegrees = 180 / std::numbers::pi;

std::string PlaceText(const ContextMoment& moment) {
  const Eigen::Vector3d p =
      moment.frame().FromWorld(moment.state()->state.T_world_body.translation);
  const RoundedText digits = Metres(moment.position_sigma_m());
  return fmt::format("({},{},{})", digits.Value(p.x()), digits.Value(p.y()), digits.Value(p.z()));
}

Json PlaceJson(const ContextMoment& moment) {
  const Eigen::Vector3d p =
      moment.frame().FromWorld(moment.state()->state.T_world_body.translation);
  const RoundedText digits = Metres(moment.position_sigma_m());
  return Json::array(
      {RoundedJson(p.x(), digits), RoundedJson(p.y(), digits), RoundedJson(p.z(), digits)});
}

Json SigmaJson(const RoundedText& digits) {
  return digits.sigma < 0 ? Json(nullptr) : RoundedJson(digits.sigma, digits);
}

// What to say of an estimate that is not to be trusted; empty while tracking.
std::string Doubt(const ContextMoment& moment) {
  const TrackingStatus status = moment.status();
  if (status == TrackingStatus::kTracking) return {};
  std::string doubt = moment.state() ? " UNCERTAIN: " : " PLACE UNKNOWN: ";
  doubt += StatusName(status);
  if (moment.health() != nullptr && !moment.health()->reason.empty())
    doubt += ", " + moment.health()->reason;
  return doubt;
}

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

std::string BearingText(double clockwise_rad, double sigma_rad) {
  const double degrees = WrappedAngle(clockwise_rad) * kDegrees;
  const std::string size = Degrees(sigma_rad * kDegrees).Value(std::abs(degrees));
  const char* side = degrees >= 0 ? "right" : "left";
  return fmt::format("{} o'clock ({} deg {})", ClockHour(clockwise_rad), size, side);
}

Json RoundedJson(double value, const RoundedText& digits) {
  if (!std::isfinite(value)) return nullptr;
  return Json::parse(digits.Value(value));
}

ContextBlock PoseBlock(const ContextMoment& moment) {
  ContextBlock block{"pose", {}};
  const std::string t = Fixed(moment.Seconds(moment.now()), 2);
  const std::string doubt = Doubt(moment);
  const Json status = StatusName(moment.status());
  if (!moment.state()) {
    const Json json = {{"t_s", Json::parse(t)}, {"status", status}, {"position_m", nullptr}};
    block.forms = {{"t=" + t + "s PLACE UNKNOWN\n", json}, {"t=" + t + "s" + doubt + "\n", json}};
    return block;
  }
  const RoundedText metres = Metres(moment.position_sigma_m());
  const RoundedText degrees = Degrees(moment.yaw_sigma_rad() * kDegrees);
  const std::string yaw = degrees.Value(moment.frame().Yaw(moment.look().yaw_rad) * kDegrees);
  const std::string pitch = degrees.Value(moment.look().pitch_rad * kDegrees);
  const Json brief = {{"t_s", Json::parse(t)},
                      {"status", status},
                      {"position_m", PlaceJson(moment)},
                      {"position_sigma_m", SigmaJson(metres)},
                      {"yaw_deg", Json::parse(yaw)}};
  Json all = brief;
  all["yaw_sigma_deg"] = SigmaJson(degrees);
  all["pitch_deg"] = Json::parse(pitch);
  const std::string at = "t=" + t + "s at " + PlaceText(moment);
  const char* doubtful = doubt.empty() ? "" : " UNCERTAIN";
  block.forms = {{at + "m yaw " + yaw + doubtful + "\n", brief},
                 {fmt::format("{}±{}m looking yaw {}±{} pitch {} deg{}\n", at, metres.Sigma(), yaw,
                              degrees.Sigma(), pitch, doubt),
                  all}};
  return block;
}

ContextBlock MotionBlock(const ContextMoment& moment) {
  ContextBlock block{"motion", {}};
  const MotionEstimate& motion = moment.motion()[moment.row()];
  if (!moment.state()) {
    block.forms = {{"motion unknown\n", {{"state", "unknown"}, {"probability", nullptr}}}};
    return block;
  }
  const Eigen::Vector3d& v = moment.state()->state.velocity_world;
  double sigma = std::numeric_limits<double>::infinity();
  if (const auto& covariance = moment.state()->velocity_covariance; covariance && v.norm() > 0)
    sigma = SigmaOf(v.normalized().dot(*covariance * v.normalized()));
  const RoundedText digits = Metres(sigma);
  std::string text = motion.state == MotionState::kUnknown && motion.speed_m_s > 0.2
                         ? "moving without steps"
                         : MotionStateName(motion.state);
  if (motion.state != MotionState::kStationary) text += " " + digits.Both(v.norm()) + " m/s";
  Json json = {{"state", MotionStateName(motion.state)},
               {"probability", Json::parse(Fixed(motion.probability, 2))},
               {"speed_m_s", RoundedJson(v.norm(), digits)},
               {"speed_sigma_m_s", SigmaJson(digits)}};
  if (motion.step_hz) {
    text += ", " + Fixed(*motion.step_hz, 1) + " steps/s";
    json["steps_per_s"] = Json::parse(Fixed(*motion.step_hz, 1));
  }
  const double turn_deg_s = motion.turn_rate_rad_s * kDegrees;
  if (std::abs(turn_deg_s) >= 10) {
    text += fmt::format(", turning {} {} deg/s", turn_deg_s > 0 ? "left" : "right",
                        Fixed(std::abs(turn_deg_s), 0));
  }
  json["turn_left_deg_s"] = Json::parse(Fixed(turn_deg_s, 0));
  ContextForm brief{text + "\n", json};
  const std::string since = Fixed(moment.Seconds(motion.since), 1);
  json["since_s"] = Json::parse(since);
  text += fmt::format(", since t={}s (p {})", since, Fixed(motion.probability, 2));
  // Which way, where that is not where one looks.
  if (v.head<2>().norm() > 0.3) {
    const double aside = WrappedAngle(moment.look().yaw_rad - portable::Atan2(v.y(), v.x()));
    text += ", going towards " + BearingText(aside, sigma / v.head<2>().norm());
    json["course_clockwise_deg"] = Json::parse(Fixed(aside * kDegrees, 0));
  }
  block.forms = {brief, {text + "\n", json}};
  return block;
}

ContextBlock NearestBlock(const ContextMoment& moment) {
  ContextBlock block{"nearest", {}};
  const auto near = moment.FindClearance();
  if (!near) {
    block.forms = {{"obstacles: unknown here\n", nullptr}};
    return block;
  }
  const auto& nearest = near->clearance->nearest;
  if (!nearest) {
    block.forms = {{"nearest obstacle: none known\n", nullptr}};
    return block;
  }
  const RoundedText digits = Metres(nearest->sigma_m);
  const double bearing = WrappedAngle(nearest->bearing_deg / kDegrees - near->turned_rad);
  // Known to the direction that was looked along.
  const std::string text = "nearest obstacle " + digits.Both(nearest->distance_m) + "m at " +
                           BearingText(bearing, 5 / kDegrees);
  block.forms = {{text + "\n",
                  {{"distance_m", RoundedJson(nearest->distance_m, digits)},
                   {"sigma_m", SigmaJson(digits)},
                   {"clockwise_deg", Json::parse(Fixed(bearing * kDegrees, 0))}}}};
  return block;
}

ContextBlock FrameBlock(const ContextMoment& moment) {
  const PlaceFrame& frame = moment.frame();
  std::string text = frame.is_aligned ? "frame: m, x and y along the walls, z up from "
                                      : "frame: m, x ahead at the start or arbitrary, z up from ";
  text += frame.has_floor ? "the floor" : "the start";
  text += "; yaw counter-clockwise from +x; ± is 1 sigma relative to the start, ? unknown\n";
  return {"frame",
          {{text,
            {{"name", frame.is_aligned ? "aligned" : "world"},
             {"map_id", DeriveIds(moment.session(), moment.rows()[moment.row()].map).graph_uid},
             {"z_from", frame.has_floor ? "floor" : "start"},
             {"yaw", "counter-clockwise from +x"},
             {"sigma", "1 sigma, relative to the map's first keyframe"}}}}};
}

ContextBlock ClearanceBlock(const ContextMoment& moment) {
  ContextBlock block{"clearance", {}};
  const auto near = moment.FindClearance();
  if (!near) return block;
  // Hours of now: a whole number of them turned, the rest is said.
  const double hours = near->turned_rad * kDegrees / 30;
  const auto shift = static_cast<int>(std::lround(hours));
  std::string brief, all;
  Json sectors = Json::array();
  for (int hour = 0; hour < 12; ++hour) {
    const ClearanceRay& ray = near->clearance->rays[static_cast<size_t>((hour + shift + 24) % 12)];
    const bool hit = ray.state == ClearanceRay::State::kHit;
    const RoundedText digits = Metres(hit ? ray.sigma_m : 0.1);
    const int name = hour == 0 ? 12 : hour;
    const char* mark = hit ? "" : (ray.state == ClearanceRay::State::kOpen ? ">" : "?>");
    const std::string distance = mark + digits.Value(ray.distance_m);
    if (hour % 3 == 0) brief += fmt::format(" {}:{}", name, distance);
    all += fmt::format(" {}:{}{}", name, distance, hit ? "±" + digits.Sigma() : "");
    sectors.push_back({{"hour", name},
                       {"state", hit ? "hit" : (*mark == '>' ? "open" : "unknown")},
                       {"distance_m", RoundedJson(ray.distance_m, digits)},
                       {"sigma_m", hit ? SigmaJson(digits) : Json(nullptr)}});
  }
  std::string where;
  const double rest_deg = std::abs(hours - shift) * 30;
  if (near->away_m > 0.05 || rest_deg > 5) {
    where = fmt::format(" (measured at t={}s, {}m from here, hours turned by {} deg)",
                        Fixed(moment.Seconds(near->time), 2), Fixed(near->away_m, 1),
                        Fixed((shift - hours) * 30, 0));
  }
  Json quarters = Json::array({sectors[0], sectors[3], sectors[6], sectors[9]});
  const auto json = [&](const Json& of) {
    Json value = {{"measured_t_s", Json::parse(Fixed(moment.Seconds(near->time), 2))},
                  {"sectors", of}};
    value["height_m"] = near->clearance->height_m
                            ? Json::parse(Fixed(*near->clearance->height_m, 2))
                            : Json(nullptr);
    return value;
  };
  block.forms = {
      {"free by clock, m (12 ahead, >: at least, ?: seen to):" + brief + "\n", json(quarters)},
      {"free by clock, m (12 ahead, clockwise; >: free at least, ?>: known only to):" + all +
           where + "\n",
       json(sectors)}};
  return block;
}

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

ContextBlock QualityBlock(const ContextMoment& moment) {
  const SessionStatistics statistics = Summarise(moment.session());
  const bool final = !moment.session().closed_loop.empty();
  std::string text = fmt::format("status {}", StatusName(moment.status()));
  Json json = {{"status", StatusName(moment.status())}, {"final_solution", final}};
  if (const FrameHealth* health = moment.health()) {
    text += fmt::format(", {} of {} features agree", health->inliers, health->features);
    json["inliers"] = health->inliers;
    json["features"] = health->features;
  }
  text +=
      fmt::format("; {} % of {} frames usable, {} solution\n", Fixed(100 * statistics.coverage, 0),
                  statistics.frames, final ? "final" : "causal");
  json["coverage"] = Json::parse(Fixed(statistics.coverage, 2));
  json["frames"] = statistics.frames;
  return {"quality", {{text, json}}};
}

}  // namespace nightjar
