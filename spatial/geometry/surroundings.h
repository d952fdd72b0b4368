// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "core/keyframe.h"
#include "spatial/geometry/surface_extraction.h"
#include "spatial/geometry/surfel.h"
#include "spatial/scene.h"

namespace nightjar {

/// All that was made of a scene, to ask how far things are: its voxels, the surfels in them and the
/// surfaces that those belong to. Refers to what it was made of.
class Surroundings {
 public:
  Surroundings(const OccupancyGrid& grid, std::span<const Surfel> surfels,
               std::span<const FoundSurface> surfaces, std::span<const Keyframe> keyframes);

  const OccupancyGrid& grid() const { return *grid_; }
  Eigen::Vector3i CellOf(const Eigen::Vector3d& place_world) const;
  int8_t At(const Eigen::Vector3i& cell) const { return grid_->At(cell.x(), cell.y(), cell.z()); }

  /// How far along a ray (unit direction) from a keyframe's place what fills a cell is, with 1
  /// sigma: by the surface that its surfel belongs to, else by the surfel, else by the cell's
  /// middle. Of sigma are the surface's covariance or the surfel's sigma, how far surfels are off
  /// their surface, the angle at which the ray meets it, and what the body's position has become
  /// more unsure of between when the surfel was last seen and `keyframe`.
  struct Range {
    double distance_m = 0;
    double sigma_m = 0;
  };
  Range RangeOf(const Eigen::Vector3i& cell, const Eigen::Vector3d& from,
                const Eigen::Vector3d& direction, int keyframe) const;

  /// Whether nothing that is known to be occupied lies between, but for the last two voxels.
  bool IsInSight(const Eigen::Vector3d& from, const Eigen::Vector3d& to) const;

 private:
  double DriftVariance(const Eigen::Vector3d& direction, int from, int to) const;

  const OccupancyGrid* grid_;
  std::span<const Surfel> surfels_;
  std::span<const FoundSurface> surfaces_;
  std::span<const Keyframe> keyframes_;
  std::unordered_map<size_t, int> surfel_of_cell_;
  std::vector<int> surface_of_surfel_;  // -1: none
};

}  // namespace nightjar
