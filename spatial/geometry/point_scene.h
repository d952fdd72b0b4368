// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "calibration/rig.h"
#include "core/keyframe.h"
#include "core/landmark.h"
#include "spatial/geometry/scene_builder.h"
#include "spatial/scene.h"

namespace nightjar {

struct PointSceneOptions {
  /// m, edge of a cube: points are too few for finer ones.
  double voxel_m = 0.1;
  /// m: points less sure of their distance are not used.
  double most_sigma_m = 0.1;
  /// m around a point in which its neighbours tell a normal, and how many there have to be.
  double normal_radius_m = 0.35;
  int least_neighbours = 8;
  /// m: what is farther from every pose than this is not part of the surroundings.
  double farthest_m = 8;
  SurfaceOptions surfaces;
  ClearanceOptions clearance;
};

/// A scene from points with a sigma and a path alone: sessions without depth, output of other
/// trackers.
///
/// Surfaces: each point whose neighbours lie in a plane is a surfel (their covariance's least axis
/// is its normal, turned to the nearest pose that may have seen it); then as from depth
/// (ExtractSurfaces). Occupied: cubes with two points, or one that is known to a third of a cube.
/// Free: where the body went, and what two lines of sight or more pass, from a point to the nearest
/// pose that has it in the reference camera's image, unless something occupied is between. All else
/// is unknown. Points within 30 cm of the path are left out: a body was there. Points say where
/// texture is and nothing of bare walls, so the clearance of a scene from points has few hits and
/// never says `open` past what was looked through.
///
/// `points` and `keyframes` of any map; those of the map with most keyframes are used. Where a path
/// has no keyframes (or no covariance), make some of its poses. Without points: empty.
Scene BuildSceneFromPoints(const Rig& rig, std::span<const Keyframe> keyframes,
                           std::span<const Landmark> points, const PointSceneOptions& options = {});

}  // namespace nightjar
