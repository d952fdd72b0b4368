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
  /// `ends`: of cells without a surfel (VoxelMap::Ends).
  Surroundings(const OccupancyGrid& grid, std::span<const Surfel> surfels,
               std::span<const Surfel> ends, std::span<const FoundSurface> surfaces,
               std::span<const Keyframe> keyframes);

  const OccupancyGrid& grid() const { return *grid_; }
  Eigen::Vector3i CellOf(const Eigen::Vector3d& place_world) const;
  int8_t At(const Eigen::Vector3i& cell) const { return grid_->At(cell.x(), cell.y(), cell.z()); }

  /// How far what fills a cell is from a body, along a level unit direction and at the cell's own
  /// height, with 1 sigma: where the ray meets its surfel, on the normal of the surface that it
  /// belongs to; the cell's middle where there is no surfel. In sigma are the surfel's, what voxels
  /// resolve, the angle at which the ray meets it, and what the body's position has become more
  /// unsure of between when the surfel was last seen and `keyframe`.
  struct Range {
    double distance_m = 0;
    double sigma_m = 0;
  };
  Range RangeOf(const Eigen::Vector3i& cell, const Eigen::Vector3d& body_world,
                const Eigen::Vector3d& direction, int keyframe) const;

  /// Whether a level ray meets what fills a cell: its surfel is no more than half a voxel to the
  /// side. One without a surfel is met unless it is just before or behind one of a cell beside it:
  /// scatter of that.
  bool IsMet(const Eigen::Vector3i& cell, const Eigen::Vector3d& from,
             const Eigen::Vector3d& direction) const;

  /// Whether nothing that is known to be occupied lies between, but for the last two voxels.
  bool IsInSight(const Eigen::Vector3d& from, const Eigen::Vector3d& to) const;

 private:
  bool IsBesideSurfel(const Eigen::Vector3i& cell, const Eigen::Vector3d& place,
                      const Eigen::Vector3d& direction) const;
  const Surfel* EndIn(const Eigen::Vector3i& cell) const;
  double DriftVariance(const Eigen::Vector3d& direction, int from, int to) const;

  const OccupancyGrid* grid_;
  std::span<const Surfel> surfels_;
  std::span<const Surfel> ends_;
  std::span<const FoundSurface> surfaces_;
  std::span<const Keyframe> keyframes_;
  std::unordered_map<size_t, int> surfel_of_cell_;
  std::unordered_map<size_t, int> end_of_cell_;
  std::vector<int> surface_of_surfel_;  // -1: none
};

}  // namespace nightjar
