// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/scene_builder.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "spatial/geometry/keyframe_views.h"
#include "spatial/geometry/room_frame.h"
#include "spatial/geometry/surroundings.h"

namespace nightjar {
namespace {

using Eigen::Vector3d;
using Eigen::Vector3i;

constexpr int kReference = 0;
constexpr double kBodyRadius_m = 0.25;  // in which a body that passed shows space to be free

// Free what is unknown around the path; what was seen stays what it is.
void FreePath(std::span<const Keyframe> keyframes, int map, OccupancyGrid& grid) {
  if (!(grid.voxel_m > 0)) return;
  const int reach = static_cast<int>(kBodyRadius_m / grid.voxel_m);
  const Keyframe* previous = nullptr;
  const auto free_around = [&](const Vector3d& place) {
    const Vector3i cell = ((place - grid.origin_world) / grid.voxel_m).array().floor().cast<int>();
    for (int z = -reach; z <= reach; ++z) {
      for (int y = -reach; y <= reach; ++y) {
        for (int x = -reach; x <= reach; ++x) {
          const Vector3i at = cell + Vector3i(x, y, z);
          if (x * x + y * y > reach * reach || !grid.Holds(at.x(), at.y(), at.z())) continue;
          int8_t& state =
              grid.states[(static_cast<size_t>(at.z()) * static_cast<size_t>(grid.size[1]) +
                           static_cast<size_t>(at.y())) *
                              static_cast<size_t>(grid.size[0]) +
                          static_cast<size_t>(at.x())];
          if (state == OccupancyGrid::kUnknown) state = OccupancyGrid::kFree;
        }
      }
    }
  };
  for (const Keyframe& keyframe : keyframes) {
    if (keyframe.map != map) continue;
    const Vector3d& to = keyframe.state.T_world_body.translation;
    const Vector3d from = previous != nullptr ? previous->state.T_world_body.translation : to;
    // A gap in the keyframes is no straight line.
    const double length = (to - from).norm();
    const int steps = length < 1 ? std::max(1, static_cast<int>(length / grid.voxel_m)) : 1;
    for (int i = 1; i <= steps; ++i)
      free_around(length < 1 ? Vector3d(from + i * (to - from) / steps) : to);
    previous = &keyframe;
  }
}

}  // namespace

int LargestMap(std::span<const Keyframe> keyframes) {
  std::map<int, int64_t> counts;
  for (const Keyframe& keyframe : keyframes) ++counts[keyframe.map];
  int largest = 0;
  int64_t most = 0;
  for (const auto& [map, count] : counts) {
    if (count <= most) continue;
    most = count;
    largest = map;
  }
  return largest;
}

void DescribeScene(const Rig& rig, std::span<const Keyframe> keyframes,
                   std::span<const Surfel> surfels, std::span<const Surfel> ends,
                   const SceneOptions& options, Scene& scene) {
  std::vector<Keyframe> of_map;
  for (const Keyframe& keyframe : keyframes)
    if (keyframe.map == scene.map) of_map.push_back(keyframe);
  FreePath(keyframes, scene.map, scene.occupancy);
  const std::vector<FoundSurface> found = ExtractSurfaces(surfels, keyframes, options.surfaces);
  for (const FoundSurface& f : found) scene.surfaces.push_back(f.surface);
  scene.aligned = AlignScene(found, of_map);
  if (scene.aligned) scene.room = MeasureRoom(found, of_map, *scene.aligned, scene.occupancy);
  if (!(scene.occupancy.voxel_m > 0)) {
    scene.views.clear();
    return;
  }
  const Surroundings surroundings(scene.occupancy, surfels, ends, found, keyframes);
  const RigCamera& camera = rig.cameras[kReference];
  scene.views.resize(keyframes.size());
  for (size_t k = 0; k < keyframes.size(); ++k) {
    if (keyframes[k].map != scene.map) continue;
    const Se3& T_world_body = keyframes[k].state.T_world_body;
    scene.views[k].clearance =
        MeasureClearance(surroundings, T_world_body, camera.T_body_camera, scene.aligned,
                         static_cast<int>(k), options.clearance);
    scene.views[k].surfaces =
        SurfacesInView(surroundings, surfels, found, camera, T_world_body * camera.T_body_camera,
                       options.voxels.farthest_m);
  }
}

SceneBuilder::SceneBuilder(const Rig& rig, std::span<const Keyframe> keyframes,
                           const SceneOptions& options)
    : rig_(rig),
      keyframes_(keyframes),
      options_(options),
      map_(LargestMap(keyframes)),
      voxels_(options.voxels),
      semidense_(options.semidense),
      views_(keyframes.size()) {}

void SceneBuilder::AddPixels(SensorTime keyframe, std::vector<GradientPixel> pixels) {
  pixels_.emplace_back(keyframe, std::move(pixels));
}

void SceneBuilder::AddDepth(const DepthMap& given) {
  const DepthMap map = CoherentDepth(given, options_.coherence);
  const auto keyframe =
      std::lower_bound(keyframes_.begin(), keyframes_.end(), map.time,
                       [](const Keyframe& k, SensorTime time) { return k.state.time < time; });
  if (keyframe == keyframes_.end() || keyframe->state.time != map.time) return;
  if (keyframe->map != map_) {
    ++counts_.other_maps;
    return;
  }
  ++counts_.maps;
  const auto number = keyframe - keyframes_.begin();
  const Se3 T_world_camera =
      keyframe->state.T_world_body * rig_.cameras[static_cast<size_t>(map.camera)].T_body_camera;
  const VoxelMap::Seen seen = voxels_.Integrate(map, T_world_camera, static_cast<int>(number));
  KeyframeView& view = views_[static_cast<size_t>(number)];
  view.new_voxels = seen.fresh;
  view.new_share =
      seen.voxels > 0 ? static_cast<double>(seen.fresh) / static_cast<double>(seen.voxels) : 0;
  for (auto& [time, pixels] : pixels_) {
    if (time == map.time) semidense_.AddKeyframe(map, T_world_camera, pixels);
    if (time <= map.time) pixels = {};
  }
}

Scene SceneBuilder::Finish() {
  Scene scene;
  scene.map = map_;
  if (counts_.maps == 0) return scene;
  // What is read off is let go of before the next is made: a long walk is many megabytes.
  scene.semidense = semidense_.Finish(map_, &semidense_origins_);
  semidense_ = SemidenseFilter(options_.semidense);
  pixels_ = {};
  const std::vector<Surfel> surfels = voxels_.Surfels();
  counts_.surfels = static_cast<int64_t>(surfels.size());
  counts_.blocks = voxels_.blocks();
  counts_.blocks_refused = voxels_.blocks_refused();
  scene.occupancy = voxels_.Grid();
  scene.views = std::move(views_);
  const std::vector<Surfel> ends = voxels_.Ends();
  voxels_ = VoxelMap(options_.voxels);
  DescribeScene(rig_, keyframes_, surfels, ends, options_, scene);
  return scene;
}

}  // namespace nightjar
