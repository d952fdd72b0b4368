// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>

#include "core/portable_math.h"
#include "spatial/context/blocks.h"
#include "spatial/geometry/clearance.h"
#include "spatial/scene_files.h"

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

// What a log says, on one line of printable ASCII that no model takes for more than a reason.
std::string OneLine(const std::string& text) {
  constexpr size_t kLongest = 80;
  std::string line;
  for (const char byte : text.substr(0, kLongest)) {
    const bool printable = byte >= ' ' && byte <= '~';
    line += printable ? byte : (byte == '\n' || byte == '\r' || byte == '\t' ? ' ' : '?');
  }
  return line;
}

// What to say of an estimate that is not to be trusted; empty while tracking.
std::string Doubt(const ContextMoment& moment) {
  const TrackingStatus status = moment.status();
  if (status == TrackingStatus::kTracking) return {};
  std::string doubt = moment.state() ? " UNCERTAIN: " : " PLACE UNKNOWN: ";
  doubt += StatusName(status);
  if (moment.health() != nullptr && !moment.health()->reason.empty())
    doubt += ", " + OneLine(moment.health()->reason);
  return doubt;
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

Json SigmaJson(const RoundedText& digits) {
  return digits.sigma < 0 ? Json(nullptr) : RoundedJson(digits.sigma, digits);
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
  if (motion.state != MotionState::kStationary)
    text += fmt::format(" {} m/s", digits.Both(v.norm()));
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

namespace {

// Hours of now, for rays counted from where the keyframe looked.
int HourShift(const ClearanceNear& near) {
  return static_cast<int>(std::lround(near.turned_rad * kDegrees / 30));
}

const ClearanceRay& RayAtHour(const ClearanceNear& near, int hour) {
  return near.clearance->rays[static_cast<size_t>((hour + HourShift(near) + 24) % 12)];
}

// Hours at which nothing is known as far as `distance_m`: something nearer may stand there.
Json HoursUnknownWithin(const ClearanceNear& near, double distance_m) {
  Json hours = Json::array();
  for (int hour = 1; hour <= 12; ++hour) {
    const ClearanceRay& ray = RayAtHour(near, hour % 12);
    if (ray.state == ClearanceRay::State::kUnknown && near.FreeHere(ray.distance_m) < distance_m)
      hours.push_back(hour);
  }
  return hours;
}

std::string HoursText(const char* what, const Json& hours) {
  if (hours.empty()) return {};
  if (hours.size() == 12) return fmt::format("; {} all around", what);
  std::string text;
  for (const Json& hour : hours) text += (text.empty() ? "" : ", ") + Dump(hour);
  return fmt::format("; {} at {} o'clock", what, text);
}

// What stands lower than the band of clearance and nearer than `distance_m`; empty otherwise.
std::string LowText(const ContextMoment& moment, double distance_m, Json& json) {
  const auto low = NearestLow(moment);
  json = nullptr;
  if (!low || low->distance_m >= distance_m) return {};
  json = {{"surface", low->surface->id},
          {"kind", SurfaceKindName(low->surface->kind)},
          {"distance_m", RoundedJson(low->distance_m, low->digits)},
          {"sigma_m", SigmaJson(low->digits)},
          {"clockwise_deg", Json::parse(Fixed(low->clockwise_rad * kDegrees, 0))}};
  return fmt::format("; lower: {} {} {}m at {} o'clock", SurfaceKindName(low->surface->kind),
                     low->surface->id, low->digits.Both(low->distance_m),
                     ClockHour(low->clockwise_rad));
}

}  // namespace

ContextBlock NearestBlock(const ContextMoment& moment) {
  ContextBlock block{"nearest", {}};
  const auto near = moment.FindClearance();
  if (!near) {
    block.forms = {{"obstacles: unknown here\n", nullptr}};
    return block;
  }
  const auto& nearest = near->clearance->nearest;
  const double within_m = nearest ? nearest->distance_m : std::numeric_limits<double>::infinity();
  const Json hours = HoursUnknownWithin(*near, within_m);
  Json json = {{"distance_m", nullptr}, {"sigma_m", nullptr}, {"clockwise_deg", nullptr}};
  std::string text = "nearest obstacle: none known";
  if (nearest) {
    const RoundedText digits = Metres(near->SigmaHere(nearest->sigma_m));
    const double bearing = WrappedAngle(nearest->bearing_deg / kDegrees - near->turned_rad);
    // Known to the direction that was looked along.
    text = "nearest known obstacle " + digits.Both(nearest->distance_m) + "m at " +
           BearingText(bearing, 5 / kDegrees);
    json = {{"distance_m", RoundedJson(nearest->distance_m, digits)},
            {"sigma_m", SigmaJson(digits)},
            {"clockwise_deg", Json::parse(Fixed(bearing * kDegrees, 0))}};
  }
  text += LowText(moment, within_m, json["lower"]);
  text += HoursText(nearest ? "unknown nearer" : "unknown", hours);
  json["unknown_nearer_hours"] = hours;
  block.forms = {{text + "\n", json}};
  return block;
}

ContextBlock FrameBlock(const ContextMoment& moment) {
  const PlaceFrame& frame = moment.frame();
  std::string text = frame.is_aligned ? "frame: m, x and y along the walls, z up from "
                                      : "frame: m, x ahead at the start or arbitrary, z up from ";
  text += frame.has_floor ? "the floor" : "the start";
  text += "; yaw counter-clockwise from +x; ± is 1 sigma relative to the start, ? unknown";
  // Exact by definition, so not rounded to a sigma: 0.01 deg is 2 mm at 10 m.
  const std::string yaw = Fixed(frame.yaw_rad * kDegrees, 2), floor_z = Fixed(frame.floor_z_m, 3);
  text += frame.is_aligned
              ? fmt::format(
                    "; p here = Rz({} deg) p_world + (0,0,{}), yaw here = yaw_world {}{}; "
                    "'ask' speaks of p_world\n",
                    yaw, Fixed(0.0 - frame.floor_z_m, 3), frame.yaw_rad < 0 ? "" : "+", yaw)
              : "; the same as the world frame of 'ask'\n";
  return {"frame",
          {{text,
            {{"name", frame.is_aligned ? "aligned" : "world"},
             {"map_id", DeriveIds(moment.session(), moment.rows()[moment.row()].map).graph_uid},
             {"z_from", frame.has_floor ? "floor" : "start"},
             {"yaw", "counter-clockwise from +x"},
             {"yaw_minus_world_deg", Json::parse(yaw)},
             {"z_of_origin_in_world_m", Json::parse(floor_z)},
             {"sigma", "1 sigma, relative to the map's first keyframe"}}}}};
}

ContextBlock ClearanceBlock(const ContextMoment& moment) {
  ContextBlock block{"clearance", {}};
  const auto near = moment.FindClearance();
  if (!near) return block;
  // Hours of now: a whole number of them turned, the rest is said.
  const double hours = near->turned_rad * kDegrees / 30;
  const int shift = HourShift(*near);
  std::string brief, all;
  Json sectors = Json::array();
  for (int hour = 0; hour < 12; ++hour) {
    const ClearanceRay& ray = RayAtHour(*near, hour);
    const bool hit = ray.state == ClearanceRay::State::kHit;
    const RoundedText digits = Metres(hit ? near->SigmaHere(ray.sigma_m) : 0.1);
    const double range_m = hit ? ray.distance_m : near->FreeHere(ray.distance_m);
    const int name = hour == 0 ? 12 : hour;
    const char* mark = hit ? "" : (ray.state == ClearanceRay::State::kOpen ? ">" : "?>");
    const std::string distance = mark + digits.Value(range_m);
    if (hour % 3 == 0) brief += fmt::format(" {}:{}", name, distance);
    all += fmt::format(" {}:{}{}", name, distance, hit ? "±" + digits.Sigma() : "");
    sectors.push_back({{"hour", name},
                       {"state", hit ? "hit" : (*mark == '>' ? "open" : "unknown")},
                       {"distance_m", RoundedJson(range_m, digits)},
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
    value["half_band_m"] = ClearanceOptions{}.half_band_m;
    return value;
  };
  // What is lower, as a table is, stands among the surfaces.
  const std::string height = fmt::format(
      "within {}m of {}", Fixed(ClearanceOptions{}.half_band_m, 2),
      near->clearance->height_m ? Fixed(*near->clearance->height_m, 1) + "m over the floor"
                                : std::string("the body's height"));
  block.forms = {
      {"free by clock " + height + ", m (12 ahead, >: at least, ?: seen to):" + brief + "\n",
       json(quarters)},
      {"free by clock " + height +
           ", m (12 ahead, clockwise; >: free at least, ?>: known only to):" + all + where + "\n",
       json(sectors)}};
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
