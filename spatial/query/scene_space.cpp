// SPDX-License-Identifier: Apache-2.0
#include "spatial/query/scene_space.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "spatial/query/outline.h"

namespace nightjar {
namespace {

// Steps along a ray from cube to cube (Amanatides and Woo, Eurographics 1987).
class CubeWalk {
 public:
  CubeWalk(const OccupancyGrid& grid, const Eigen::Vector3d& origin,
           const Eigen::Vector3d& direction)
      : grid_(grid) {
    const Eigen::Vector3d at = (origin - grid.origin_world) / grid.voxel_m;
    for (int axis = 0; axis < 3; ++axis) {
      // Far outside of the grid all places are alike.
      constexpr double kFar = 1e8;
      cube_[axis] = static_cast<int>(std::floor(std::clamp(at[axis], -kFar, kFar)));
      const double d = direction[axis];
      step_[axis] = d > 0 ? 1 : d < 0 ? -1 : 0;
      const double border = cube_[axis] + (d > 0 ? 1 : 0);
      next_m_[axis] =
          d != 0 ? (border - at[axis]) / d * grid.voxel_m : std::numeric_limits<double>::infinity();
      width_m_[axis] =
          d != 0 ? grid.voxel_m / std::abs(d) : std::numeric_limits<double>::infinity();
    }
  }

  int8_t state() const { return grid_.At(cube_[0], cube_[1], cube_[2]); }
  double begin_m() const { return begin_m_; }
  double end_m() const { return *std::min_element(next_m_.begin(), next_m_.end()); }
  // Whether it has left the grid, or is beside it, and never comes in again.
  bool HasLeft() const {
    for (size_t axis = 0; axis < 3; ++axis) {
      if (cube_[axis] < 0 && step_[axis] <= 0) return true;
      if (cube_[axis] >= grid_.size[axis] && step_[axis] >= 0) return true;
    }
    return false;
  }
  void Step() {
    const auto axis =
        static_cast<size_t>(std::min_element(next_m_.begin(), next_m_.end()) - next_m_.begin());
    begin_m_ = next_m_[axis];
    next_m_[axis] += width_m_[axis];
    cube_[axis] += step_[axis];
  }

 private:
  const OccupancyGrid& grid_;
  std::array<int, 3> cube_{}, step_{};
  std::array<double, 3> next_m_{}, width_m_{};
  double begin_m_ = 0;
};

}  // namespace

SceneSpace::GridHit SceneSpace::March(const Eigen::Vector3d& origin,
                                      const Eigen::Vector3d& direction, double range_m,
                                      bool through_unknown) const {
  using State = ClearanceRay::State;
  CubeWalk walk(scene_.occupancy, origin, direction);
  std::optional<double> unknown_m;
  for (; walk.begin_m() < range_m; walk.Step()) {
    const int8_t state = walk.state();
    if (state == OccupancyGrid::kOccupied) return {State::kHit, walk.begin_m(), walk.end_m()};
    if (state == OccupancyGrid::kUnknown) {
      if (!unknown_m) unknown_m = walk.begin_m();
      if (!through_unknown || walk.HasLeft()) break;
    }
  }
  if (unknown_m) return {State::kUnknown, *unknown_m, *unknown_m};
  return {State::kOpen, range_m, range_m};
}

std::optional<SceneSpace::PlaneHit> SceneSpace::Meet(const Surface& surface,
                                                     const Eigen::Vector3d& origin,
                                                     const Eigen::Vector3d& direction) const {
  const double across = surface.normal_world.dot(direction);
  constexpr double kGrazing = 0.02;  // about a degree: where it is met says nothing
  if (std::abs(across) < kGrazing) return std::nullopt;
  const double distance = (surface.offset_m - surface.normal_world.dot(origin)) / across;
  if (!(distance >= 0)) return std::nullopt;
  const Eigen::Vector3d point = origin + distance * direction;
  const double margin = has_grid() ? 2 * scene_.occupancy.voxel_m : 0.0;
  if (DistanceInPlane(surface, point) > margin) return std::nullopt;
  Eigen::Vector4d lever;
  lever << -point, 1;
  lever /= across;
  return PlaneHit{distance, std::sqrt(std::max(0.0, lever.dot(surface.covariance * lever))),
                  surface.id};
}

bool SceneSpace::IsOccupied(const Eigen::Vector3d& point) const {
  const OccupancyGrid& grid = scene_.occupancy;
  if (!has_grid()) return false;
  const Eigen::Vector3d at = ((point - grid.origin_world) / grid.voxel_m).array().floor();
  constexpr double kFar = 1e6;
  return at.cwiseAbs().maxCoeff() < kFar &&
         grid.At(static_cast<int>(at.x()), static_cast<int>(at.y()), static_cast<int>(at.z())) ==
             OccupancyGrid::kOccupied;
}

RayHit SceneSpace::Raycast(const Eigen::Vector3d& origin, const Eigen::Vector3d& direction,
                           double range_m) const {
  using State = ClearanceRay::State;
  RayHit hit;
  if (!has_grid()) {
    PlaneHit nearest;
    for (const Surface& surface : scene_.surfaces) {
      const auto met = Meet(surface, origin, direction);
      if (met && met->distance_m < nearest.distance_m) nearest = *met;
    }
    if (nearest.distance_m <= range_m)
      hit = {State::kHit, nearest.distance_m, nearest.sigma_m, nearest.surface};
    return hit;
  }
  const GridHit cube = March(origin, direction, range_m, false);
  hit.state = cube.state;
  hit.distance_m = cube.begin_m;
  if (cube.state != State::kHit) return hit;
  const double voxel_m = scene_.occupancy.voxel_m;
  hit.distance_m = 0.5 * (cube.begin_m + cube.end_m);
  hit.sigma_m = voxel_m;
  double nearest_m = voxel_m + 0.5 * (cube.end_m - cube.begin_m);
  for (const Surface& surface : scene_.surfaces) {
    const auto met = Meet(surface, origin, direction);
    if (!met || std::abs(met->distance_m - 0.5 * (cube.begin_m + cube.end_m)) > nearest_m) continue;
    nearest_m = std::abs(met->distance_m - 0.5 * (cube.begin_m + cube.end_m));
    hit.distance_m = met->distance_m;
    hit.sigma_m = met->sigma_m;
    hit.surface = met->surface;
  }
  return hit;
}

int8_t SceneSpace::LineOfSight(const Eigen::Vector3d& from, const Eigen::Vector3d& to,
                               double margin_m) const {
  if (!has_grid()) return OccupancyGrid::kUnknown;
  const double range_m = (to - from).norm() - margin_m;
  if (!(range_m > 0)) return OccupancyGrid::kFree;
  const GridHit met = March(from, (to - from).normalized(), range_m, true);
  switch (met.state) {
    case ClearanceRay::State::kHit: return OccupancyGrid::kOccupied;
    case ClearanceRay::State::kOpen: return OccupancyGrid::kFree;
    case ClearanceRay::State::kUnknown: break;
  }
  return OccupancyGrid::kUnknown;
}

int8_t SceneSpace::DiscState(const Eigen::Vector3d& centre, double radius_m) const {
  const OccupancyGrid& grid = scene_.occupancy;
  const Eigen::Vector3d at = (centre - grid.origin_world) / grid.voxel_m;
  const double radius = radius_m / grid.voxel_m;
  const int z = static_cast<int>(std::floor(at.z()));
  bool unknown = false;
  for (int y = static_cast<int>(std::floor(at.y() - radius)); y <= at.y() + radius; ++y) {
    // How far the disc reaches to either side of its middle, where it comes nearest to the row.
    const double dy = std::max({y - at.y(), at.y() - (y + 1), 0.0});
    const double half = std::sqrt(std::max(0.0, radius * radius - dy * dy));
    const int first = static_cast<int>(std::floor(at.x() - half));
    const int last = static_cast<int>(std::floor(at.x() + half));
    if (rows_.AnyOccupied(first, last, y, z)) return OccupancyGrid::kOccupied;
    unknown = unknown || rows_.AnyUnknown(first, last, y, z);
  }
  return unknown ? OccupancyGrid::kUnknown : OccupancyGrid::kFree;
}

PathCheck SceneSpace::CheckPath(std::span<const Eigen::Vector3d> path, double radius_m) const {
  PathCheck check;
  const double step_m = 0.5 * scene_.occupancy.voxel_m;
  int samples = 0, unknown = 0;
  const auto look = [&](const Eigen::Vector3d& point, double along_m) {
    const int8_t state = DiscState(point, radius_m);
    ++samples;
    if (state == OccupancyGrid::kUnknown) {
      ++unknown;
      if (!check.unknown_at_m) check.unknown_at_m = along_m;
    }
    if (state == OccupancyGrid::kOccupied && !check.blocked_at_m) check.blocked_at_m = along_m;
  };
  look(path.front(), 0);
  for (size_t k = 1; k < path.size(); ++k) {
    const Eigen::Vector3d way = path[k] - path[k - 1];
    const int steps = std::max(1, static_cast<int>(std::ceil(way.norm() / step_m)));
    for (int s = 1; s <= steps; ++s) {
      const double share = static_cast<double>(s) / steps;
      look(path[k - 1] + share * way, check.length_m + share * way.norm());
    }
    check.length_m += way.norm();
  }
  check.unknown_share = static_cast<double>(unknown) / samples;
  check.state = check.blocked_at_m   ? OccupancyGrid::kOccupied
                : check.unknown_at_m ? OccupancyGrid::kUnknown
                                     : OccupancyGrid::kFree;
  return check;
}

std::vector<NearSurface> SceneSpace::SurfacesNear(const Eigen::Vector3d& point,
                                                  double range_m) const {
  std::vector<NearSurface> near;
  for (const Surface& surface : scene_.surfaces) {
    if (surface.polygon_world.empty()) continue;  // a plane goes on for ever, a surface does not
    NearSurface found;
    found.id = surface.id;
    found.nearest_world = NearestInOutline(surface, point);
    found.distance_m = (found.nearest_world - point).norm();
    if (found.distance_m > range_m) continue;
    // The plane moves along its normal by offset - point' normal: of that, what is on the way.
    Eigen::Vector4d lever;
    lever << -found.nearest_world, 1;
    const double along =
        found.distance_m > 0
            ? std::abs(surface.normal_world.dot(found.nearest_world - point)) / found.distance_m
            : 1;
    found.sigma_m = along * std::sqrt(std::max(0.0, lever.dot(surface.covariance * lever)));
    near.push_back(found);
  }
  std::stable_sort(near.begin(), near.end(), [](const NearSurface& a, const NearSurface& b) {
    return a.distance_m < b.distance_m;
  });
  return near;
}

}  // namespace nightjar
