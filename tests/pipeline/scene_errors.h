// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/pinhole_view.h"
#include "spatial/scene.h"
#include "tests/isp/sigma_judge.h"
#include "tests/pipeline/scene_truth.h"

namespace nightjar {

/// A face of the room's shell and the surface that it was found as.
struct FaceError {
  int panel = 0;
  double seen_m2 = 0;     // of the face, by exact rays through the keyframes' pixels
  bool found = false;     // the kind is right, within 5 degrees and 15 cm
  double covered_m2 = 0;  // of what was seen, inside the surface's outline
  double offset_m = 0, offset_sigma_m = 0;  // where it was seen: surface - truth
  double angle_deg = 0;
};
std::vector<FaceError> CompareFaces(const Scene& scene, std::span<const Keyframe> keyframes,
                                    const PinholeView& view, const SceneTruth& truth,
                                    double farthest_m);

/// Occupied voxels against those that exact rays of the keyframes end in.
struct OccupancyError {
  double intersection_over_union = 0;
  double precision = 0, recall = 0;  // to within a voxel
  double wrongly_free = 0;           // share of voxels that rays end in which are said to be free
};
/// `coarse`: voxels of that many times the edge.
OccupancyError CompareOccupancy(const Scene& scene, std::span<const Keyframe> keyframes,
                                const PinholeView& view, const SceneTruth& truth, double farthest_m,
                                int coarse);

/// Hits of the clearance against exact rays at the same heights from the true pose.
struct ClearanceError {
  std::vector<JudgedError> hits;
  int64_t open = 0, unknown = 0;
  int64_t blocked = 0;  // of those: something stands nearer than they are said to be free, by 10 cm
};
ClearanceError CompareClearance(const Scene& scene, std::span<const Keyframe> keyframes,
                                const SceneTruth& truth);

/// Semi-dense points along the rays that saw them first, within `farthest_m`.
std::vector<JudgedError> CompareSemidense(const Scene& scene,
                                          std::span<const Eigen::Vector3d> origins_world,
                                          std::span<const Keyframe> keyframes,
                                          const SceneTruth& truth, double farthest_m);

double ShareWithin(const std::vector<JudgedError>& errors, double sigmas);
double MedianSize(const std::vector<JudgedError>& errors);

}  // namespace nightjar
