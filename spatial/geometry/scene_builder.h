// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "calibration/rig.h"
#include "core/depth_map.h"
#include "core/keyframe.h"
#include "core/landmark.h"
#include "core/trajectory.h"
#include "spatial/geometry/clearance.h"
#include "spatial/geometry/coherent_depth.h"
#include "spatial/geometry/semidense.h"
#include "spatial/geometry/surface_extraction.h"
#include "spatial/geometry/voxel_map.h"
#include "spatial/scene.h"

namespace nightjar {

struct SceneOptions {
  CoherentDepthOptions coherence;
  VoxelMapOptions voxels;
  SurfaceOptions surfaces;
  ClearanceOptions clearance;
  SemidenseOptions semidense;

  Status Validate() const { return voxels.Validate(); }
};

/// How the geometry went, for a stage's report.
struct SceneCounts {
  int64_t maps = 0;            // depth maps of the scene's map
  int64_t other_maps = 0;      // of keyframes of other maps, not used
  int64_t blocks = 0;          // of voxels
  int64_t blocks_refused = 0;  // beyond VoxelMapOptions::most_blocks
  int64_t surfels = 0;
};

/// Depth maps of keyframes to a scene. Takes one map at a time and keeps voxels: what it holds is
/// bounded by the space seen. Deterministic.
class SceneBuilder {
 public:
  /// `keyframes`: of the session, all maps; outlives it. `options` must be valid.
  SceneBuilder(const Rig& rig, std::span<const Keyframe> keyframes, const SceneOptions& options);

  /// Pixels of a keyframe's picture where it has texture, in the geometry of its depth map
  /// (GradientPixels): before that. What they are wanted for is Scene::semidense.
  void AddPixels(SensorTime keyframe, std::vector<GradientPixel> pixels);
  /// In the order of the keyframes. A map of no keyframe is left out.
  void AddDepth(const DepthMap& map);

  /// The scene of the map with most keyframes (the first of several). Without any depth: empty.
  Scene Finish();
  /// Until Finish(), which lets go of them.
  const VoxelMap& voxels() const { return voxels_; }
  /// After Finish().
  const SceneCounts& counts() const { return counts_; }
  /// Where the camera was that saw each of Scene::semidense first (world).
  const std::vector<Eigen::Vector3d>& semidense_origins() const { return semidense_origins_; }

 private:
  Rig rig_;
  std::span<const Keyframe> keyframes_;
  SceneOptions options_;
  int map_ = 0;
  VoxelMap voxels_;
  SemidenseFilter semidense_;
  std::vector<std::pair<SensorTime, std::vector<GradientPixel>>> pixels_;
  std::vector<KeyframeView> views_;
  SceneCounts counts_;
  std::vector<Eigen::Vector3d> semidense_origins_;
};

/// The map (TrajectoryRow::map) with most keyframes, the lowest of several.
int LargestMap(std::span<const Keyframe> keyframes);

/// Surfaces, aligned frame, room and views from voxels (may be empty) and surfels: the part of the
/// work that depth maps and points have in common. `ends`: VoxelMap::Ends(). `views` of Scene have
/// their novelty already. `grid` becomes the scene's: what the body passed through is free (a
/// quarter of a metre around the path of `map`).
void DescribeScene(const Rig& rig, std::span<const Keyframe> keyframes,
                   std::span<const Surfel> surfels, std::span<const Surfel> ends,
                   const SceneOptions& options, Scene& scene);

}  // namespace nightjar
