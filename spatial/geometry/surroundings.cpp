// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/surroundings.h"

#include <algorithm>
#include <cmath>

namespace nightjar {
namespace {

using Eigen::Vector3d;
using Eigen::Vector3i;

// A ray that meets a surface at less than 17 degrees is told by the surfel itself: the plane's
// errors would be multiplied by more than three.
constexpr double kLeastCosine = 0.3;
// What voxels resolve, 1 sigma in their edge: measured on simulated rooms with a depth sensor,
// whose own errors are smaller. On planes; on edges, boards and poles.
constexpr double kSurfaceShare = 0.2;
// On simulated walks with two cameras, distances in a column of voxels are that much further off
// than their surfels say: they are wrong together, and by more than the depth's own sigma.
constexpr double kSigmaFactor = 1.6;
constexpr double kEdgeShare = 0.5;
constexpr double kLeastDrift_m = 0.002;  // of a pose against the ones beside it

size_t Key(const OccupancyGrid& grid, const Vector3i& cell) {
  return (static_cast<size_t>(cell.z()) * static_cast<size_t>(grid.size[1]) +
          static_cast<size_t>(cell.y())) *
             static_cast<size_t>(grid.size[0]) +
         static_cast<size_t>(cell.x());
}

}  // namespace

Surroundings::Surroundings(const OccupancyGrid& grid, std::span<const Surfel> surfels,
                           std::span<const Surfel> ends, std::span<const FoundSurface> surfaces,
                           std::span<const Keyframe> keyframes)
    : grid_(&grid),
      surfels_(surfels),
      ends_(ends),
      surfaces_(surfaces),
      keyframes_(keyframes),
      surface_of_surfel_(surfels.size(), -1) {
  for (size_t i = 0; i < surfels.size(); ++i) {
    const Vector3i cell = CellOf(surfels[i].position_world);
    if (grid.Holds(cell.x(), cell.y(), cell.z()))
      surfel_of_cell_.emplace(Key(grid, cell), static_cast<int>(i));
  }
  for (size_t i = 0; i < ends.size(); ++i)
    end_of_cell_.emplace(Key(grid, CellOf(ends[i].position_world)), static_cast<int>(i));
  for (size_t s = 0; s < surfaces.size(); ++s) {
    for (const int member : surfaces[s].members)
      surface_of_surfel_[static_cast<size_t>(member)] = static_cast<int>(s);
  }
}

Vector3i Surroundings::CellOf(const Vector3d& place) const {
  return ((place - grid_->origin_world) / grid_->voxel_m).array().floor().cast<int>();
}

// Errors of poses grow along a path: the difference of two variances is about what one of them is
// unsure of against the other.
double Surroundings::DriftVariance(const Vector3d& direction, int from, int to) const {
  const double least = kLeastDrift_m * kLeastDrift_m;
  const auto count = static_cast<int>(keyframes_.size());
  if (from < 0 || to < 0 || from >= count || to >= count) return least;
  const auto variance = [&](int k) {
    const Eigen::Matrix3d P = keyframes_[static_cast<size_t>(k)].covariance.topLeftCorner<3, 3>();
    return direction.dot(P * direction);
  };
  return least + std::abs(variance(to) - variance(from));
}

Surroundings::Range Surroundings::RangeOf(const Vector3i& cell, const Vector3d& body,
                                          const Vector3d& direction, int keyframe) const {
  const double voxel = grid_->voxel_m;
  const Vector3d middle =
      grid_->origin_world + voxel * (cell.cast<double>() + Vector3d::Constant(0.5));
  const auto found = surfel_of_cell_.find(Key(*grid_, cell));
  // The level line through the cell, above or below the body.
  const Vector3d from(body.x(), body.y(), middle.z());
  const double about = direction.dot(middle - from);
  if (found == surfel_of_cell_.end()) {
    const Surfel* end = EndIn(cell);
    if (end == nullptr) return {about, voxel / std::sqrt(12.0)};
    return {direction.dot(end->position_world - from),
            std::hypot(kSigmaFactor * end->sigma_m, kEdgeShare * voxel,
                       std::sqrt(DriftVariance(direction, end->last_keyframe, keyframe)))};
  }
  const Surfel& surfel = surfels_[static_cast<size_t>(found->second)];
  const double drift = DriftVariance(direction, surfel.last_keyframe, keyframe);
  // The surface's normal is better known than the surfel's; where the surfel is, is not: pictures
  // and books stand before walls.
  const int member = surface_of_surfel_[static_cast<size_t>(found->second)];
  const Vector3d& normal = member >= 0 ? surfaces_[static_cast<size_t>(member)].surface.normal_world
                                       : surfel.normal_world;
  const double cosine = normal.dot(direction);
  const Vector3d away = surfel.position_world - from;
  const bool across = std::abs(cosine) > kLeastCosine;
  const double distance = across ? normal.dot(away) / cosine : direction.dot(away);
  const double resolution = (member >= 0 ? kSurfaceShare : kEdgeShare) * voxel;
  const double sigma = std::hypot(kSigmaFactor * surfel.sigma_m, resolution) /
                       std::max(std::abs(cosine), kLeastCosine);
  // Beside a surface it is known to a voxel where the surfel is on the ray.
  const double beside = across ? 0 : voxel / std::sqrt(12.0);
  return {std::clamp(distance, about - voxel, about + voxel),
          std::sqrt(sigma * sigma + beside * beside + drift)};
}

bool Surroundings::IsMet(const Vector3i& cell, const Vector3d& from,
                         const Vector3d& direction) const {
  const auto found = surfel_of_cell_.find(Key(*grid_, cell));
  const Surfel* end = EndIn(cell);
  if (found == surfel_of_cell_.end() && end == nullptr) return true;
  if (found == surfel_of_cell_.end() && IsBesideSurfel(cell, end->position_world, direction))
    return false;
  const Vector3d place = found == surfel_of_cell_.end()
                             ? end->position_world
                             : surfels_[static_cast<size_t>(found->second)].position_world;
  const Vector3d away = place - from;
  return std::abs(direction.x() * away.y() - direction.y() * away.x()) <= 0.5 * grid_->voxel_m;
}

const Surfel* Surroundings::EndIn(const Vector3i& cell) const {
  const auto found = end_of_cell_.find(Key(*grid_, cell));
  return found == end_of_cell_.end() ? nullptr : &ends_[static_cast<size_t>(found->second)];
}

bool Surroundings::IsBesideSurfel(const Vector3i& cell, const Vector3d& place,
                                  const Vector3d& direction) const {
  for (int i = 0; i < 27; ++i) {
    const Vector3i beside = cell + Vector3i(i % 3 - 1, i / 3 % 3 - 1, i / 9 - 1);
    if (!grid_->Holds(beside.x(), beside.y(), beside.z())) continue;
    const auto found = surfel_of_cell_.find(Key(*grid_, beside));
    if (found == surfel_of_cell_.end()) continue;
    const Surfel& surfel = surfels_[static_cast<size_t>(found->second)];
    if (std::abs(surfel.normal_world.dot(direction)) < 0.5) continue;
    if (std::abs(surfel.normal_world.dot(place - surfel.position_world)) < 0.6 * grid_->voxel_m)
      return true;
  }
  return false;
}

bool Surroundings::IsInSight(const Vector3d& from, const Vector3d& to) const {
  if (!(grid_->voxel_m > 0)) return true;
  const Vector3d way = to - from;
  const double length = way.norm();
  const double step = 0.7 * grid_->voxel_m;
  for (double t = step; t < length - 2.5 * grid_->voxel_m; t += step) {
    if (At(CellOf(from + t / length * way)) == OccupancyGrid::kOccupied) return false;
  }
  return true;
}

}  // namespace nightjar
