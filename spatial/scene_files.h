// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "spatial/json_fields.h"
#include "spatial/session.h"

namespace nightjar {

/// The files of a session's scene (docs/formats/session.md): what is written and its way back. All
/// values come back bit for bit; infinite sigmas are null. The parsers' `where` names the file in
/// errors (kUnusableInput).

/// Whether anything is known of the surroundings: only then are there files.
bool HasScene(const Scene& scene);

/// scene.json: which map it is of, the aligned frame, the room's extent, how many of each.
std::string SceneJson(const Session& session);

/// surfaces.json: one object per surface, in the order of Scene::surfaces.
std::string SurfacesJson(const Session& session);

/// occupancy.npy: int8 of shape (Z, Y, X): -1 unknown, 0 free, 1 occupied; and occupancy.json,
/// which says where its cubes lie. Of a grid.
std::string OccupancyNpy(const OccupancyGrid& grid);
std::string OccupancyJson(const Session& session);

/// What scene.json says, and how many of what else it promises.
struct SceneDocument {
  int map = 0;
  std::optional<AlignedFrame> aligned;
  std::optional<RoomExtent> room;
  size_t surfaces = 0;
  size_t semidense = 0;  // the last rows of slam/semidense_points.csv.gz
  bool occupancy = false;
};
Result<SceneDocument> ParseSceneJson(std::string_view text, const std::string& where);

Result<std::vector<Surface>> ParseSurfacesJson(std::string_view text, const std::string& where);

/// `json` and `npy` as they were written; errors name the one that is wrong.
Result<OccupancyGrid> ParseOccupancy(std::string_view json, const std::string& json_where,
                                     std::string_view npy, const std::string& npy_where);

/// "floor", "ceiling", "wall", "table", "plane"; "hit", "open", "unknown".
const char* SurfaceKindName(SurfaceKind kind);
const char* ClearanceStateName(ClearanceRay::State state);

/// What the files call themselves under "format".
namespace scene_files {
inline constexpr const char* kSceneFormat = "nightjar.scene/1";
inline constexpr const char* kSurfacesFormat = "nightjar.surfaces/1";
inline constexpr const char* kOccupancyFormat = "nightjar.occupancy/1";
}  // namespace scene_files

/// The parts of a keyframe packet that say what it saw: clearance; null where it is not known.
Json ClearanceJson(const KeyframeView& view);
/// Of a packet with `clearance`, `surfaces` and `novelty`; nothing where the scene is not known.
/// Throws ReadFailure.
std::optional<KeyframeView> ParseKeyframeView(const JsonFields& packet);

/// Height of a surface that lies level over the floor, at the middle of its outline, m; nothing
/// for another one, and without a floor.
std::optional<double> HeightOverFloor(const Surface& surface, const Scene& scene);

}  // namespace nightjar
