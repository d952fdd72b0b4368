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
constexpr double kLeastDrift_m = 0.002;  // of a pose against the ones beside it

size_t Key(const OccupancyGrid& grid, const Vector3i& cell) {
  return (static_cast<size_t>(cell.z()) * static_cast<size_t>(grid.size[1]) +
          static_cast<size_t>(cell.y())) *
             static_cast<size_t>(grid.size[0]) +
         static_cast<size_t>(cell.x());
}

}  // namespace

Surroundings::Surroundings(const OccupancyGrid& grid, std::span<const Surfel> surfels,
                           std::span<const FoundSurface> surfaces,
                           std::span<const Keyframe> keyframes)
    : grid_(&grid),
      surfels_(surfels),
      surfaces_(surfaces),
      keyframes_(keyframes),
      surface_of_surfel_(surfels.size(), -1) {
  for (size_t i = 0; i < surfels.size(); ++i) {
    const Vector3i cell = CellOf(surfels[i].position_world);
    if (grid.Holds(cell.x(), cell.y(), cell.z()))
      surfel_of_cell_.emplace(Key(grid, cell), static_cast<int>(i));
  }
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

Surroundings::Range Surroundings::RangeOf(const Vector3i& cell, const Vector3d& from,
                                          const Vector3d& direction, int keyframe) const {
  const double voxel = grid_->voxel_m;
  const Vector3d middle =
      grid_->origin_world + voxel * (cell.cast<double>() + Vector3d::Constant(0.5));
  const auto found = surfel_of_cell_.find(Key(*grid_, cell));
  const double about = direction.dot(middle - from);
  if (found == surfel_of_cell_.end()) return {about, voxel / std::sqrt(12.0)};
  const Surfel& surfel = surfels_[static_cast<size_t>(found->second)];
  const double drift = DriftVariance(direction, surfel.last_keyframe, keyframe);
  const int member = surface_of_surfel_[static_cast<size_t>(found->second)];
  if (member >= 0) {
    const FoundSurface& plane = surfaces_[static_cast<size_t>(member)];
    const Vector3d& n = plane.surface.normal_world;
    const double cosine = n.dot(direction);
    const double distance = (plane.surface.offset_m - n.dot(from)) / cosine;
    if (std::abs(cosine) > kLeastCosine && std::abs(distance - about) < 3 * voxel) {
      // The fit's own part of the covariance, without what the poses have in common with the body.
      Eigen::Vector4d row;
      row << -(from + distance * direction), 1;
      const double fit = row.dot(plane.fit_covariance * row) + plane.rms_m * plane.rms_m;
      return {distance, std::sqrt(fit / (cosine * cosine) + drift)};
    }
  }
  const double cosine = surfel.normal_world.dot(direction);
  const double within = std::max(std::abs(cosine), kLeastCosine);
  // Along the surfel where it stands across the ray, else just as far as the surfel is.
  const Vector3d away = surfel.position_world - from;
  const double distance = std::abs(cosine) > kLeastCosine ? surfel.normal_world.dot(away) / cosine
                                                          : direction.dot(away);
  const double limited = std::clamp(distance, about - voxel, about + voxel);
  // Beside a surface it is known to a voxel where the surfel is on the ray.
  const double beside = std::abs(cosine) > kLeastCosine ? 0 : voxel / std::sqrt(12.0);
  return {limited,
          std::sqrt(surfel.sigma_m * surfel.sigma_m / (within * within) + beside * beside + drift)};
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
