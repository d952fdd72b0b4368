// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "spatial/believable.h"
#include "spatial/npy.h"
#include "spatial/scene_files.h"

namespace nightjar {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Cubes of the writer are no smaller; it doubles them until a path within 1e6 m of the origin fits.
constexpr double kFinestVoxel_m = 0.01;
constexpr double kCoarsestVoxel_m = 1e4;
constexpr double kFarthest_m = JsonFields::kFarthest_m;  // of the grid's corner

constexpr std::array kKinds = {
    std::pair{SurfaceKind::kFloor, "floor"}, std::pair{SurfaceKind::kCeiling, "ceiling"},
    std::pair{SurfaceKind::kWall, "wall"}, std::pair{SurfaceKind::kTable, "table"},
    std::pair{SurfaceKind::kPlane, "plane"}};

constexpr std::array kRayStates = {std::pair{ClearanceRay::State::kHit, "hit"},
                                   std::pair{ClearanceRay::State::kOpen, "open"},
                                   std::pair{ClearanceRay::State::kUnknown, "unknown"}};

std::optional<AlignedFrame> ParseAligned(const JsonFields& scene) {
  if (scene.Get("aligned").is_null()) return std::nullopt;
  const JsonFields fields = scene.Object("aligned");
  AlignedFrame aligned;
  aligned.yaw_rad = fields.Within("yaw_rad", 7);
  aligned.yaw_sigma_rad = fields.NotNegativeOr("yaw_sigma_rad", kInfinity);
  aligned.yaw_confidence = fields.NotNegative("yaw_confidence");
  if (fields.Has("floor_z_m"))
    aligned.floor_z_m = fields.Within("floor_z_m", JsonFields::kFarthest_m);
  aligned.floor_z_sigma_m = fields.NotNegativeOr("floor_z_sigma_m", kInfinity);
  return aligned;
}

std::optional<RoomExtent> ParseRoom(const JsonFields& scene) {
  if (scene.Get("room").is_null()) return std::nullopt;
  const JsonFields fields = scene.Object("room");
  RoomExtent room;
  room.min_aligned = fields.Place("min_aligned_m");
  room.max_aligned = fields.Place("max_aligned_m");
  room.min_sigma_m = fields.Vector3Or("min_sigma_m", kInfinity);
  room.max_sigma_m = fields.Vector3Or("max_sigma_m", kInfinity);
  if (!(room.min_aligned.array() <= room.max_aligned.array()).all())
    fields.Throw("max_aligned_m", "is below min_aligned_m");
  for (const auto& [key, sigma] :
       {std::pair("min_sigma_m", room.min_sigma_m), std::pair("max_sigma_m", room.max_sigma_m)})
    if (sigma.minCoeff() < 0) fields.Throw(key, "is below zero");
  room.floor_area_m2 = fields.NotNegative("floor_area_m2");
  return room;
}

Surface ParseSurface(const JsonFields& fields) {
  Surface surface;
  surface.id = fields.Count("id");
  const std::string kind = fields.Text("kind");
  const auto known = std::find_if(kKinds.begin(), kKinds.end(),
                                  [&](const auto& entry) { return entry.second == kind; });
  if (known == kKinds.end()) fields.Throw("kind", "is not one that is known here");
  surface.kind = known->first;
  surface.normal_world = fields.Vector3("n");
  if (!(std::abs(surface.normal_world.norm() - 1) < 1e-6)) fields.Throw("n", "is not of length 1");
  surface.offset_m = fields.Within("d", 2 * JsonFields::kFarthest_m);
  const std::vector<double> covariance = fields.Numbers("cov_nd", 10);
  size_t k = 0;
  for (int row = 0; row < 4; ++row) {
    for (int column = row; column < 4; ++column, ++k)
      surface.covariance(row, column) = surface.covariance(column, row) = covariance[k];
  }
  if (!IsCovariance(surface.covariance)) fields.Throw("cov_nd", "is no covariance");
  for (const Json& point : fields.List("polygon_world")) {
    const Json wrapped = {{"polygon_world", point}};
    surface.polygon_world.push_back(JsonFields(wrapped, fields.where()).Place("polygon_world"));
  }
  surface.area_m2 = fields.NotNegative("area_m2");
  surface.points = fields.Integer("n_points");
  surface.first_seen = fields.Time("first_t_ns");
  surface.last_seen = fields.Time("last_t_ns");
  return surface;
}

void CheckFormat(const JsonFields& document, const char* format) {
  if (document.Text("format") != format) document.Throw("format", std::string("is not ") + format);
}

ClearanceRay ParseRay(const JsonFields& fields) {
  ClearanceRay ray;
  ray.distance_m = fields.NotNegative("dist_m");
  ray.sigma_m = fields.NotNegativeOr("sd_m", 0);
  const std::string state = fields.Text("state");
  const auto known = std::find_if(kRayStates.begin(), kRayStates.end(),
                                  [&](const auto& entry) { return entry.second == state; });
  if (known == kRayStates.end()) fields.Throw("state", "is not hit, open or unknown");
  ray.state = known->first;
  return ray;
}

}  // namespace

const char* SurfaceKindName(SurfaceKind kind) {
  for (const auto& [value, name] : kKinds) {
    if (value == kind) return name;
  }
  return "plane";
}

const char* ClearanceStateName(ClearanceRay::State state) {
  for (const auto& [value, name] : kRayStates) {
    if (value == state) return name;
  }
  return "unknown";
}

Result<SceneDocument> ParseSceneJson(std::string_view text, const std::string& where) {
  return Guarded(where, [&] {
    Json kept;
    const JsonFields fields = JsonFields::Parse(text, where, kept);
    CheckFormat(fields, scene_files::kSceneFormat);
    SceneDocument document;
    document.map = fields.Count("map");
    document.aligned = ParseAligned(fields);
    document.room = ParseRoom(fields);
    document.surfaces = static_cast<size_t>(fields.Count("surfaces"));
    document.semidense = static_cast<size_t>(fields.Count("semidense"));
    if (!fields.Get("occupancy").is_boolean()) fields.Throw("occupancy", "is not true or false");
    document.occupancy = fields.Get("occupancy").get<bool>();
    return document;
  });
}

Result<std::vector<Surface>> ParseSurfacesJson(std::string_view text, const std::string& where) {
  return Guarded(where, [&] {
    Json kept;
    const JsonFields fields = JsonFields::Parse(text, where, kept);
    CheckFormat(fields, scene_files::kSurfacesFormat);
    std::vector<Surface> surfaces;
    for (const JsonFields& surface : fields.Objects("surfaces")) {
      surfaces.push_back(ParseSurface(surface));
      if (surfaces.back().id != static_cast<int>(surfaces.size()) - 1)
        surface.Throw("id", "is not its place in the list");
    }
    return surfaces;
  });
}

Result<OccupancyGrid> ParseOccupancy(std::string_view json, const std::string& json_where,
                                     std::string_view npy, const std::string& npy_where) {
  return Guarded(json_where, [&] {
    Json kept;
    const JsonFields fields = JsonFields::Parse(json, json_where, kept);
    CheckFormat(fields, scene_files::kOccupancyFormat);
    OccupancyGrid grid;
    grid.origin_world = fields.Vector3("origin_world_m");
    grid.voxel_m = fields.Number("voxel_m");
    if (!(grid.voxel_m >= kFinestVoxel_m && grid.voxel_m <= kCoarsestVoxel_m))
      fields.Throw("voxel_m", "is not a length from 0.01 m to 10 km");
    if (!(grid.origin_world.cwiseAbs().maxCoeff() <= kFarthest_m))
      fields.Throw("origin_world_m", "is out of range");
    const auto array = ParseNpy(npy, npy_where);
    if (!array) throw ReadFailure(array.error());
    if (array->type != "|i1" || array->shape.size() != 3) {
      throw ReadFailure({ErrorKind::kUnusableInput, "is not an array of int8 of 3 dimensions",
                         npy_where, "process the log again"});
    }
    const std::vector<double> size = fields.Numbers("size_xyz", 3);
    for (size_t axis = 0; axis < 3; ++axis) {
      grid.size[axis] = static_cast<int>(array->shape[2 - axis]);
      if (size[axis] != grid.size[axis])
        fields.Throw("size_xyz", "is not the size of occupancy.npy");
      if (!(grid.size[axis] * grid.voxel_m <= 2 * kFarthest_m))
        fields.Throw("size_xyz", "is out of range");
    }
    grid.states.resize(array->bytes.size());
    if (!grid.states.empty())
      std::memcpy(grid.states.data(), array->bytes.data(), array->bytes.size());
    const auto wrong = std::find_if(grid.states.begin(), grid.states.end(),
                                    [](int8_t state) { return state < -1 || state > 1; });
    if (wrong != grid.states.end()) {
      throw ReadFailure({ErrorKind::kUnusableInput, "holds a state that is not -1, 0 or 1",
                         npy_where, "process the log again"});
    }
    return grid;
  });
}

std::optional<KeyframeView> ParseKeyframeView(const JsonFields& packet) {
  if (!packet.Has("novelty")) return std::nullopt;
  KeyframeView view;
  const JsonFields novelty = packet.Object("novelty");
  view.new_voxels = novelty.Integer("new_voxels");
  view.new_share = novelty.NotNegative("new_share");
  for (const double id : packet.Numbers("surfaces")) {
    if (!(id >= 0 && id <= std::numeric_limits<int>::max()) || id != std::floor(id))
      packet.Throw("surfaces", "holds what is no number of a surface");
    view.surfaces.push_back(static_cast<int>(id));
  }
  if (!packet.Has("clearance")) return view;
  const JsonFields fields = packet.Object("clearance");
  Clearance clearance;
  const std::vector<JsonFields> sectors = fields.Objects("sectors");
  if (sectors.size() != clearance.rays.size()) fields.Throw("sectors", "are not 12");
  for (size_t k = 0; k < sectors.size(); ++k) clearance.rays[k] = ParseRay(sectors[k]);
  if (fields.Has("height_m"))
    clearance.height_m = fields.Within("height_m", JsonFields::kFarthest_m);
  if (fields.Has("nearest")) {
    const JsonFields nearest = fields.Object("nearest");
    clearance.nearest = {nearest.NotNegative("dist_m"), nearest.NotNegative("sd_m"),
                         nearest.Within("bearing_deg", 360)};
  }
  view.clearance = clearance;
  return view;
}

}  // namespace nightjar
