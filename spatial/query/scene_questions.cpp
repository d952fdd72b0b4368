// SPDX-License-Identifier: Apache-2.0
// Questions about what is around.
#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <optional>
#include <vector>

#include "core/portable_math.h"
#include "spatial/geometry/clearance.h"
#include "spatial/query/ego_frame.h"
#include "spatial/query/question_context.h"
#include "spatial/scene_files.h"

namespace nightjar::questions {
namespace {

using RayState = ClearanceRay::State;

constexpr const char* kNoScene = "the session has no depth: nothing is known of its surroundings";
constexpr const char* kNoGrid = "the session has no occupancy grid";
// Where pictures, and with them the cubes, were kept back.
constexpr const char* kOutlinesAlone =
    "outlines of surfaces alone: what stands before them is not known";
constexpr const char* kTakenAsExact = "the point is taken as exact";

const char* CubeStateName(int8_t state) {
  return state == OccupancyGrid::kFree       ? "free"
         : state == OccupancyGrid::kOccupied ? "occupied"
                                             : "unknown";
}

Json Point(const Eigen::Vector3d& point, double sigma_m) {
  Json json = Json::array();
  for (int axis = 0; axis < 3; ++axis) json.push_back(RoundedTo(point[axis], sigma_m));
  return json;
}

std::optional<double> FloorHeight(const QuestionContext& context) {
  const auto& aligned = context.session.scene.aligned;
  if (!aligned || !std::isfinite(aligned->floor_z_sigma_m)) return std::nullopt;
  return aligned->floor_z_m;
}

// What is in one direction.
struct Sector {
  RayHit band;                // the nearest thing in a band around the body, half of it known free
  std::optional<RayHit> low;  // a nearer one between a step over the floor and the band
};

// Rays of the band and below it, one in each layer of cubes.
Sector LookAlong(const QuestionContext& context, const Eigen::Vector3d& body,
                 const Eigen::Vector3d& direction, double range_m) {
  constexpr double kHalfBand_m = 0.25, kStep_m = 0.4, kWithoutGrid_m = 0.1;
  const double layer_m =
      context.space.has_grid() ? context.session.scene.occupancy.voxel_m : kWithoutGrid_m;
  const auto floor_z = FloorHeight(context);
  const double band_z = body.z() - kHalfBand_m;
  Sector sector;
  sector.band.distance_m = std::numeric_limits<double>::infinity();
  std::vector<double> free_m;
  for (double z = body.z() + kHalfBand_m; z >= band_z || (floor_z && z >= *floor_z + kStep_m);
       z -= layer_m) {
    // Who stands over a table is not stopped by it.
    if (z < body.z() && context.space.IsOccupied({body.x(), body.y(), z})) break;
    RayHit hit = context.space.Raycast({body.x(), body.y(), z}, direction, range_m);
    // Of a band: what stands out by less than a cube from a surface is not told from it.
    if (hit.surface >= 0) hit.sigma_m = std::hypot(hit.sigma_m, 0.5 * layer_m);
    const bool is_hit = hit.state == RayState::kHit;
    if (z >= band_z) {
      free_m.push_back(hit.distance_m);
      if (is_hit && hit.distance_m < sector.band.distance_m) sector.band = hit;
    } else if (is_hit && (!sector.low || hit.distance_m < sector.low->distance_m)) {
      sector.low = hit;
    }
  }
  const auto middle = free_m.begin() + static_cast<std::ptrdiff_t>(free_m.size() / 2);
  std::nth_element(free_m.begin(), middle, free_m.end());
  if (sector.band.distance_m > *middle + layer_m) {
    sector.band = {};
    sector.band.state = *middle >= range_m ? RayState::kOpen : RayState::kUnknown;
    sector.band.distance_m = *middle;
  }
  if (sector.low && sector.low->distance_m > sector.band.distance_m - layer_m) sector.low.reset();
  return sector;
}

// What the keyframe of this moment found, if it is one and what it found is believed; else null.
const Clearance* KeyframeClearance(const QuestionContext& context, const TimedState& state) {
  constexpr double kSameMoment_s = 1e-3;  // as times in answers are rounded
  const auto& keyframes = context.session.keyframes;
  const auto& views = context.session.scene.views;
  for (size_t k = 0; k < std::min(keyframes.size(), views.size()); ++k) {
    const double apart_s = std::abs(ToSeconds(keyframes[k].state.time - state.state.time));
    if (keyframes[k].map != state.map || apart_s > kSameMoment_s) continue;
    if (views[k].clearance && IsCredible(*views[k].clearance)) return &*views[k].clearance;
  }
  return nullptr;
}

// What a keyframe found in the band goes before what cubes and surfaces say of it: it knows what
// stands before a surface by less than two cubes.
void TakeRay(const ClearanceRay& ray, double range_m, double layer_m, Sector& sector) {
  sector.band = {ray.state, ray.distance_m, ray.sigma_m};
  if (ray.distance_m > range_m) sector.band = {RayState::kOpen, range_m, 0};
  if (sector.low && sector.low->distance_m > sector.band.distance_m - layer_m) sector.low.reset();
}

struct Nearest {
  double distance_m = std::numeric_limits<double>::infinity();
  double sigma_m = 0;
  double bearing_deg = 0;
};

void AddNearest(const Nearest& nearest, Answer& answer) {
  if (std::isfinite(nearest.distance_m)) {
    answer.Number("nearest_m", nearest.distance_m, nearest.sigma_m);
    answer.Set("nearest_bearing_deg", nearest.bearing_deg);
  } else {
    answer.Unknown("nearest_m", "no obstacle was met");
    answer.Set("nearest_bearing_deg", nullptr);
  }
}

// {"clock", "state", "distance_m" or "free_m", "low_m"}, with sigmas.
Json SectorJson(size_t hours, const Sector& sector) {
  const bool hit = sector.band.state == RayState::kHit;
  Json json = {{"clock", hours == 0 ? 12 : hours},
               {"state", ClearanceStateName(sector.band.state)}};
  json[hit ? "distance_m" : "free_m"] =
      RoundedTo(sector.band.distance_m, hit ? sector.band.sigma_m : 0.1);
  if (hit) json["distance_m_sigma"] = RoundedSigma(sector.band.sigma_m);
  if (sector.low) {
    json["low_m"] = RoundedTo(sector.low->distance_m, sector.low->sigma_m);
    json["low_m_sigma"] = RoundedSigma(sector.low->sigma_m);
  }
  return json;
}

const char* SourceOf(const QuestionContext& context) {
  return context.space.has_grid() ? "occupancy and surfaces" : kOutlinesAlone;
}

// "source", "rays" and what is nearest.
void AddSectors(const QuestionContext& context, const TimedState& state, double range_m,
                Answer& answer) {
  const Clearance* of_keyframe = KeyframeClearance(context, state);
  const Se3 T_world_ego = WorldFromEgo(context.session.rig, state.state.T_world_body);
  Json rays = Json::array();
  Nearest nearest;
  if (of_keyframe && of_keyframe->nearest && of_keyframe->nearest->distance_m <= range_m) {
    const auto& [distance_m, sigma_m, bearing_deg] = *of_keyframe->nearest;
    nearest = {distance_m, sigma_m, std::round(bearing_deg)};
  }
  for (size_t k = 0; k < 12; ++k) {
    const auto [sine, cosine] = portable::SinCos(static_cast<double>(k) * std::numbers::pi / 6);
    const Eigen::Vector3d direction = T_world_ego.rotation * Eigen::Vector3d(cosine, -sine, 0);
    Sector sector = LookAlong(context, T_world_ego.translation, direction, range_m);
    if (of_keyframe)
      TakeRay(of_keyframe->rays[k], range_m, context.session.scene.occupancy.voxel_m, sector);
    rays.push_back(SectorJson(k, sector));
    const RayHit& first = sector.low ? *sector.low : sector.band;
    if (first.state == RayState::kHit && first.distance_m < nearest.distance_m) {
      nearest = {first.distance_m, first.sigma_m,
                 30.0 * static_cast<double>(k) - (k <= 6 ? 0 : 360)};
    }
  }
  answer.Set("source", of_keyframe ? "depth of the keyframe" : SourceOf(context));
  answer.Set("rays", rays);
  AddNearest(nearest, answer);
}

// Of the height of a level surface's middle: the errors of its plane there and of the floor.
double HeightSigma(const Surface& surface, const AlignedFrame& aligned) {
  Eigen::Vector3d middle = Eigen::Vector3d::Zero();
  for (const Eigen::Vector3d& point : surface.polygon_world) middle += point;
  middle /= static_cast<double>(surface.polygon_world.size());
  Eigen::Vector4d lever;
  lever << -middle, 1;
  const double variance = std::max(0.0, lever.dot(surface.covariance * lever));
  return std::sqrt(variance + aligned.floor_z_sigma_m * aligned.floor_z_sigma_m);
}

Json SurfaceJson(const QuestionContext& context, const NearSurface& near) {
  const Surface& surface = context.session.scene.surfaces[static_cast<size_t>(near.id)];
  Json json = {{"id", surface.id},
               {"kind", SurfaceKindName(surface.kind)},
               {"distance_m", RoundedTo(near.distance_m, near.sigma_m)},
               {"distance_m_sigma", RoundedSigma(near.sigma_m)},
               {"nearest_m", Point(near.nearest_world, near.sigma_m)},
               {"normal", Point(surface.normal_world, 0.01)},
               {"area_m2", RoundedTo(surface.area_m2, 0.1)}};
  const auto height = HeightOverFloor(surface, context.session.scene);
  const double sigma_m = height ? HeightSigma(surface, *context.session.scene.aligned) : 0;
  json["height_over_floor_m"] = height ? Json(RoundedTo(*height, sigma_m)) : Json(nullptr);
  json["height_over_floor_m_sigma"] = height ? Json(RoundedSigma(sigma_m)) : Json(nullptr);
  return json;
}

}  // namespace

Result<Json> AnswerClearance(const QuestionContext& context, const Arguments& arguments) {
  const auto state = context.StateAt(arguments.Time("t"));
  if (!state) return tl::unexpected(state.error());
  if (const Status same = context.CheckSceneMap(state->map); !same)
    return tl::unexpected(same.error());
  Answer answer("clearance");
  answer.Set("t_s", context.Seconds(state->state.time));
  answer.Set("t_ns", ToNanoseconds(state->state.time));
  answer.Set("frame", "ego at t: hours clockwise from ahead (12), level");
  if (!context.has_scene()) {
    answer.Missing("rays", kNoScene);
    answer.Unknown("nearest_m", kNoScene);
    answer.Unknown("height_over_floor_m", kNoScene);
    return std::move(answer).Done();
  }
  AddSectors(context, *state, arguments.Number("range_m"), answer);
  if (const auto floor_z = FloorHeight(context)) {
    answer.Number("height_over_floor_m", state->state.T_world_body.translation.z() - *floor_z,
                  context.session.scene.aligned->floor_z_sigma_m);
  } else {
    answer.Unknown("height_over_floor_m", "no floor was seen");
  }
  return std::move(answer).Done();
}

Result<Json> AnswerIsFree(const QuestionContext& context, const Arguments& arguments) {
  constexpr double kLongest_m = 200;
  const auto& path = arguments.Path("path");
  double length_m = 0;
  for (size_t k = 1; k < path.size(); ++k) length_m += (path[k] - path[k - 1]).norm();
  if (length_m > kLongest_m)
    return Fail(ErrorKind::kUsage, "'path' is longer than 200 m", "", "ask for parts of it");
  Answer answer("is_free");
  answer.Set("frame", "world");
  answer.Set("map", context.MapId(context.session.scene.map));
  if (!context.space.has_grid()) {
    answer.Set("state", "unknown");
    for (const char* key : {"blocked_at_m", "unknown_at_m", "unknown_share"})
      answer.Missing(key, context.has_scene() ? kNoGrid : kNoScene);
    return std::move(answer).Done();
  }
  const PathCheck check = context.space.CheckPath(path, arguments.Number("radius_m"));
  const double sigma_m = context.session.scene.occupancy.voxel_m / std::sqrt(12.0);
  answer.Set("state", CubeStateName(check.state));
  answer.Set("path_length_m", RoundedTo(check.length_m, 1e-3));
  if (check.blocked_at_m) {
    answer.Number("blocked_at_m", *check.blocked_at_m, sigma_m);
  } else {
    answer.Missing("blocked_at_m", "nothing on the path is known to be occupied");
  }
  if (check.unknown_at_m) {
    answer.Number("unknown_at_m", *check.unknown_at_m, sigma_m);
  } else {
    answer.Missing("unknown_at_m", "all of the path is known");
  }
  answer.Set("unknown_share", RoundedTo(check.unknown_share, 0.01));
  return std::move(answer).Done();
}

Result<Json> AnswerRaycast(const QuestionContext& context, const Arguments& arguments) {
  const Eigen::Vector3d origin = arguments.Point("origin");
  const Eigen::Vector3d direction = arguments.Point("direction").normalized();
  Answer answer("raycast");
  answer.Set("frame", "world");
  answer.Set("map", context.MapId(context.session.scene.map));
  answer.Set("origin_is", kTakenAsExact);
  if (context.has_scene()) answer.Set("source", SourceOf(context));
  const RayHit hit = context.space.Raycast(origin, direction, arguments.Number("range_m"));
  answer.Set("state", ClearanceStateName(hit.state));
  const char* why = !context.has_scene()           ? kNoScene
                    : hit.state == RayState::kOpen ? "nothing was met within the range"
                    : !context.space.has_grid()    ? "no surface is there"
                                                   : "the space beyond 'free_m' is unknown";
  if (hit.state == RayState::kHit) {
    answer.Number("distance_m", hit.distance_m, hit.sigma_m);
    answer.Set("point_m", Point(origin + hit.distance_m * direction, hit.sigma_m));
    answer.Set("surface", hit.surface >= 0 ? Json(hit.surface) : Json(nullptr));
    answer.Set("kind",
               hit.surface >= 0
                   ? Json(SurfaceKindName(
                         context.session.scene.surfaces[static_cast<size_t>(hit.surface)].kind))
                   : Json(nullptr));
    return std::move(answer).Done();
  }
  answer.Unknown("distance_m", why);
  if (context.space.has_grid()) {
    answer.Set("free_m", RoundedTo(hit.distance_m, context.session.scene.occupancy.voxel_m));
  } else {
    answer.Missing("free_m", context.has_scene() ? kNoGrid : kNoScene);
  }
  return std::move(answer).Done();
}

Result<Json> AnswerSurfacesNear(const QuestionContext& context, const Arguments& arguments) {
  const auto place = context.PlaceOf(arguments.Either("p"));
  if (!place) return tl::unexpected(place.error());
  if (place->state) {
    if (const Status same = context.CheckSceneMap(place->state->map); !same)
      return tl::unexpected(same.error());
  }
  Answer answer("surfaces_near");
  answer.Set("frame", "world");
  answer.Set("map", context.MapId(context.session.scene.map));
  if (!context.has_scene()) {
    answer.Missing("surfaces", kNoScene);
    return std::move(answer).Done();
  }
  const auto near = context.space.SurfacesNear(place->point_world, arguments.Number("r"));
  answer.Set("found", near.size());
  Json surfaces = Json::array();
  const auto most = std::min(near.size(), static_cast<size_t>(arguments.Number("max")));
  for (size_t k = 0; k < most; ++k) surfaces.push_back(SurfaceJson(context, near[k]));
  answer.Set("surfaces", surfaces);
  return std::move(answer).Done();
}

}  // namespace nightjar::questions
