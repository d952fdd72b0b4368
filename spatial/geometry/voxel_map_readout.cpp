// SPDX-License-Identifier: Apache-2.0
//
// What a voxel map says of the space: surfels and states.
#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "spatial/geometry/voxel_map.h"

namespace nightjar {
namespace {

using Eigen::Vector3d;
using Eigen::Vector3i;

constexpr int64_t kMostCells = 32'000'000;

Vector3i Inside(int i) { return {i & 7, (i >> 3) & 7, i >> 6}; }

size_t Cell(const OccupancyGrid& grid, const Vector3i& at) {
  return (static_cast<size_t>(at.z()) * static_cast<size_t>(grid.size[1]) +
          static_cast<size_t>(at.y())) *
             static_cast<size_t>(grid.size[0]) +
         static_cast<size_t>(at.x());
}

// Lowest and highest of some cells.
struct Box {
  Vector3i low = Vector3i::Constant(std::numeric_limits<int>::max());
  Vector3i high = Vector3i::Constant(std::numeric_limits<int>::min());
  void Take(const Vector3i& cell) {
    low = low.cwiseMin(cell);
    high = high.cwiseMax(cell);
  }
  bool IsEmpty() const { return low.x() > high.x(); }
  int64_t Cells() const {
    const Eigen::Matrix<int64_t, 3, 1> size = (high - low + Vector3i::Ones()).cast<int64_t>();
    return size.prod();
  }
};

// Squared, in sigma: where distances of several maps scatter by more there is no one surface.
constexpr double kMostExcess = 9;
constexpr uint16_t kOccupiedBit = 0x8000;  // of a coarse cell; the other bits count free voxels

}  // namespace

// The plane through a voxel's middle along the field's gradient. The field is measured along rays:
// on a surface seen at a low angle its gradient is longer than 1, and the distance that much
// shorter.
bool VoxelMap::SurfaceAt(const Index& index, const Distance& here, Surfel& surfel) const {
  Vector3d gradient;
  for (int axis = 0; axis < 3; ++axis) {
    const Distance up = DistanceAt(index + Vector3i::Unit(axis));
    const Distance down = DistanceAt(index - Vector3i::Unit(axis));
    if (up.views == 0 && down.views == 0) return false;
    const float high = up.views > 0 ? up.metres : here.metres;
    const float low = down.views > 0 ? down.metres : here.metres;
    const int span = (up.views > 0 ? 1 : 0) + (down.views > 0 ? 1 : 0);
    gradient[axis] = (high - low) / (span * options_.voxel_m);
  }
  const double length = gradient.norm();
  // Where distances of several surfaces meet the field says nothing.
  if (!(length > 0.3 && length < 20)) return false;
  const Vector3d normal = gradient / length;
  const double away = here.metres / std::max(1.0, length);
  if (std::abs(away) * normal.cwiseAbs().maxCoeff() > 0.5 * options_.voxel_m) return false;
  surfel.normal_world = normal;
  surfel.position_world =
      options_.voxel_m * (index.cast<double>() + Vector3d::Constant(0.5)) - away * normal;
  // Of n errors of one size that are correlated by c: c + (1 - c) / n of its variance.
  double variance = here.views / static_cast<double>(here.weight);
  // What maps disagree by more than they should is in none of their sigmas.
  if (here.views > 1) {
    const double excess = here.spread / (here.views - 1);
    if (excess > kMostExcess) return false;
    variance *= std::max(1.0, excess);
  }
  const double share = options_.correlation + (1 - options_.correlation) / here.views;
  surfel.sigma_m = std::sqrt(variance * share) / std::max(1.0, length);
  surfel.area_m2 = options_.voxel_m * options_.voxel_m * normal.cwiseAbs().maxCoeff();
  return true;
}

std::vector<Surfel> VoxelMap::Surfels() const {
  std::vector<Surfel> surfels;
  for (const Index& corner : SurfaceBlocks()) {
    const Block& block = blocks_.at(corner / kSide);
    for (int i = 0; i < kVoxels; ++i) {
      const auto k = static_cast<size_t>(i);
      const int views = block.field->views[k];
      if (views < LeastViews() || block.evidence[k] < LeastEvidence()) continue;
      Surfel surfel;
      if (!SurfaceAt(
              corner + Inside(i),
              {block.field->distance[k], block.field->weight[k], block.field->spread[k], views},
              surfel))
        continue;
      surfel.first_keyframe = block.first;
      surfel.last_keyframe = block.last;
      surfels.push_back(surfel);
    }
  }
  return surfels;
}

std::vector<Surfel> VoxelMap::Ends() const {
  std::vector<Surfel> found;
  for (const Index& corner : SurfaceBlocks()) {
    const Block& block = blocks_.at(corner / kSide);
    for (int i = 0; block.ends && i < kVoxels; ++i) {
      const auto k = static_cast<size_t>(i);
      const int views = block.field->views[k];
      const Vector3i voxel = corner + Inside(i);
      Surfel surfel;
      if (block.end_views[k] < LeastViews() ||
          StateOf(block, i, voxel) != OccupancyGrid::kOccupied ||
          SurfaceAt(
              voxel,
              {block.field->distance[k], block.field->weight[k], block.field->spread[k], views},
              surfel))
        continue;
      const std::array<int16_t, 3>& end = (*block.ends)[k];
      surfel.position_world =
          options_.voxel_m * (voxel.cast<double>() + Vector3d(end[0], end[1], end[2]) / 32767);
      surfel.normal_world.setZero();
      surfel.sigma_m = std::sqrt(views / static_cast<double>(block.field->weight[k]));
      surfel.first_keyframe = block.first;
      surfel.last_keyframe = block.last;
      found.push_back(surfel);
    }
  }
  return found;
}

OccupancyGrid VoxelMap::Grid() const {
  OccupancyGrid grid;
  const std::vector<Index> blocks = SortedBlocks();
  std::vector<std::array<int8_t, kVoxels>> states(blocks.size());
  Box box;
  for (size_t b = 0; b < blocks.size(); ++b) {
    const Block& block = blocks_.at(blocks[b]);
    for (int i = 0; i < kVoxels; ++i) {
      const Index voxel = blocks[b] * kSide + Inside(i);
      states[b][static_cast<size_t>(i)] = StateOf(block, i, voxel);
      if (states[b][static_cast<size_t>(i)] != OccupancyGrid::kUnknown) box.Take(voxel);
    }
  }
  if (box.IsEmpty()) return grid;
  int coarse = 0;  // how often the voxel was doubled
  while (box.Cells() > kMostCells) {
    box.low = box.low.unaryExpr([](int v) { return v >> 1; });
    box.high = box.high.unaryExpr([](int v) { return v >> 1; });
    ++coarse;
  }
  const Vector3i size = box.high - box.low + Vector3i::Ones();
  grid.voxel_m = options_.voxel_m * (1 << coarse);
  grid.origin_world = grid.voxel_m * box.low.cast<double>();
  grid.size = {size.x(), size.y(), size.z()};
  grid.states.assign(static_cast<size_t>(box.Cells()), OccupancyGrid::kUnknown);
  std::vector<uint16_t> counts(coarse > 0 ? grid.states.size() : 0);
  for (size_t b = 0; b < blocks.size(); ++b) {
    for (int i = 0; i < kVoxels; ++i) {
      const int8_t state = states[b][static_cast<size_t>(i)];
      if (state == OccupancyGrid::kUnknown) continue;
      const Vector3i voxel = blocks[b] * kSide + Inside(i);
      const Vector3i cell = voxel.unaryExpr([coarse](int v) { return v >> coarse; }) - box.low;
      if (coarse == 0) {
        grid.states[Cell(grid, cell)] = state;
      } else if (state == OccupancyGrid::kOccupied) {
        counts[Cell(grid, cell)] |= kOccupiedBit;
      } else if (uint16_t& count = counts[Cell(grid, cell)]; (count & ~kOccupiedBit) < 0x7FFF) {
        ++count;
      }
    }
  }
  const int half = std::min((1 << (3 * std::min(coarse, 6))) / 2, 0x7FFF);
  for (size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] & kOccupiedBit)
      grid.states[i] = OccupancyGrid::kOccupied;
    else if (counts[i] >= half)
      grid.states[i] = OccupancyGrid::kFree;
  }
  return grid;
}

}  // namespace nightjar
