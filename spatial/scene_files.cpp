// SPDX-License-Identifier: Apache-2.0
#include "spatial/scene_files.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "spatial/npy.h"
#include "spatial/text_format.h"

namespace nightjar {
namespace {

constexpr double kLevelNormal = 0.9;  // |z| of a level surface's normal

Json Finite(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json FiniteVector(const Eigen::Vector3d& v) {
  return Json::array({Finite(v.x()), Finite(v.y()), Finite(v.z())});
}

Json AlignedJson(const std::optional<AlignedFrame>& aligned) {
  if (!aligned) return nullptr;
  const bool floor = std::isfinite(aligned->floor_z_sigma_m);
  return {{"yaw_rad", aligned->yaw_rad},
          {"yaw_sigma_rad", Finite(aligned->yaw_sigma_rad)},
          {"yaw_confidence", aligned->yaw_confidence},
          {"floor_z_m", floor ? Json(aligned->floor_z_m) : Json(nullptr)},
          {"floor_z_sigma_m", Finite(aligned->floor_z_sigma_m)}};
}

Json RoomJson(const std::optional<RoomExtent>& room) {
  if (!room) return nullptr;
  return {{"min_aligned_m", ToJson(room->min_aligned)},
          {"max_aligned_m", ToJson(room->max_aligned)},
          {"min_sigma_m", FiniteVector(room->min_sigma_m)},
          {"max_sigma_m", FiniteVector(room->max_sigma_m)},
          {"floor_area_m2", room->floor_area_m2}};
}

Json SurfaceJson(const Surface& surface, const Scene& scene) {
  Json covariance = Json::array();
  for (int row = 0; row < 4; ++row) {
    for (int column = row; column < 4; ++column)
      covariance.push_back(surface.covariance(row, column));
  }
  Json polygon = Json::array();
  for (const Eigen::Vector3d& point : surface.polygon_world) polygon.push_back(ToJson(point));
  const std::optional<double> height = HeightOverFloor(surface, scene);
  return {{"id", surface.id},
          {"kind", SurfaceKindName(surface.kind)},
          {"n", ToJson(surface.normal_world)},
          {"d", surface.offset_m},
          {"cov_nd", covariance},
          {"polygon_world", polygon},
          {"area_m2", surface.area_m2},
          {"n_points", surface.points},
          {"first_t_ns", ToNanoseconds(surface.first_seen)},
          {"last_t_ns", ToNanoseconds(surface.last_seen)},
          {"height_above_floor_m", height ? Json(*height) : Json(nullptr)}};
}

}  // namespace

bool HasScene(const Scene& scene) {
  return !scene.semidense.empty() || !scene.surfaces.empty() || scene.occupancy.voxel_m > 0 ||
         scene.aligned || scene.room || !scene.views.empty();
}

std::optional<double> HeightOverFloor(const Surface& surface, const Scene& scene) {
  if (!scene.aligned || !std::isfinite(scene.aligned->floor_z_sigma_m) ||
      surface.polygon_world.empty() || std::abs(surface.normal_world.z()) < kLevelNormal) {
    return std::nullopt;
  }
  double z = 0;
  for (const Eigen::Vector3d& point : surface.polygon_world) z += point.z();
  return z / static_cast<double>(surface.polygon_world.size()) - scene.aligned->floor_z_m;
}

std::string SceneJson(const Session& session) {
  const Scene& scene = session.scene;
  const Json document = {{"format", scene_files::kSceneFormat},
                         {"map", scene.map},
                         {"map_id", DeriveIds(session, scene.map).graph_uid},
                         {"aligned", AlignedJson(scene.aligned)},
                         {"room", RoomJson(scene.room)},
                         {"surfaces", scene.surfaces.size()},
                         {"semidense", scene.semidense.size()},
                         {"occupancy", scene.occupancy.voxel_m > 0}};
  return Dump(document, 2) + '\n';
}

std::string SurfacesJson(const Session& session) {
  Json surfaces = Json::array();
  for (const Surface& surface : session.scene.surfaces)
    surfaces.push_back(SurfaceJson(surface, session.scene));
  const Json document = {{"format", scene_files::kSurfacesFormat},
                         {"map_id", DeriveIds(session, session.scene.map).graph_uid},
                         {"surfaces", surfaces}};
  return Dump(document, 1) + '\n';
}

std::string OccupancyNpy(const OccupancyGrid& grid) {
  return NpyInt8(grid.states, {static_cast<size_t>(grid.size[2]), static_cast<size_t>(grid.size[1]),
                               static_cast<size_t>(grid.size[0])});
}

std::string OccupancyJson(const Session& session) {
  const OccupancyGrid& grid = session.scene.occupancy;
  const auto count = [&grid](int8_t state) {
    return std::count(grid.states.begin(), grid.states.end(), state);
  };
  const Json document = {{"format", scene_files::kOccupancyFormat},
                         {"map_id", DeriveIds(session, session.scene.map).graph_uid},
                         {"file", "occupancy.npy"},
                         {"origin_world_m", ToJson(grid.origin_world)},
                         {"voxel_m", grid.voxel_m},
                         {"size_xyz", grid.size},
                         {"states", {{"unknown", -1}, {"free", 0}, {"occupied", 1}}},
                         {"counts",
                          {{"unknown", count(OccupancyGrid::kUnknown)},
                           {"free", count(OccupancyGrid::kFree)},
                           {"occupied", count(OccupancyGrid::kOccupied)}}}};
  return Dump(document, 2) + '\n';
}

Json ClearanceJson(const KeyframeView& view) {
  if (!view.clearance) return nullptr;
  Json sectors = Json::array();
  for (const ClearanceRay& ray : view.clearance->rays) {
    const bool hit = ray.state == ClearanceRay::State::kHit;
    sectors.push_back({{"dist_m", ray.distance_m},
                       {"sd_m", hit ? Json(ray.sigma_m) : Json(nullptr)},
                       {"state", ClearanceStateName(ray.state)}});
  }
  const auto& nearest = view.clearance->nearest;
  return {{"frame", "ego_yaw"},
          {"sectors", sectors},
          {"height_m", view.clearance->height_m ? Json(*view.clearance->height_m) : Json(nullptr)},
          {"nearest", nearest ? Json({{"dist_m", nearest->distance_m},
                                      {"sd_m", nearest->sigma_m},
                                      {"bearing_deg", nearest->bearing_deg}})
                              : Json(nullptr)}};
}

}  // namespace nightjar
