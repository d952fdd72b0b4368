// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <vector>

#include "spatial/query/grid_rows.h"
#include "spatial/scene.h"

namespace nightjar {

/// What a ray meets.
struct RayHit {
  ClearanceRay::State state = ClearanceRay::State::kUnknown;
  /// To the hit; kOpen: all of what was asked, free; kUnknown: as far as it is known to be free.
  double distance_m = 0;
  double sigma_m = 0;  // of a hit
  int surface = -1;    // Surface::id of what was hit, where a surface is known there
};

/// Whether a way is free.
struct PathCheck {
  int8_t state = OccupancyGrid::kFree;  // kOccupied when blocked anywhere, else kUnknown if so
  double length_m = 0;
  std::optional<double> blocked_at_m;  // along the path, where the first obstacle is
  std::optional<double> unknown_at_m;  // idem: the first part that nothing is known of
  double unknown_share = 0;            // of the path
};

/// A surface near a point.
struct NearSurface {
  int id = 0;
  double distance_m = 0;  // to the nearest point of its outline or within
  double sigma_m = 0;     // from the plane's covariance
  Eigen::Vector3d nearest_world = Eigen::Vector3d::Zero();
};

/// Questions of geometry to a scene: lines of sight, ways, surfaces. Points are in the world frame
/// of Scene::map and taken as exact: the sigmas are the scene's.
class SceneSpace {
 public:
  /// `scene` must outlive it unmoved.
  explicit SceneSpace(const Scene& scene) : scene_(scene), rows_(scene.occupancy) {}

  bool has_grid() const { return scene_.occupancy.voxel_m > 0; }
  const Scene& scene() const { return scene_; }
  const GridRows& rows() const { return rows_; }  // of its cubes

  /// Without a grid nothing is.
  bool IsOccupied(const Eigen::Vector3d& point_world) const;

  /// `direction`: of unit length. Where a surface lies within one cube of the occupied cube that
  /// the ray meets, it says the distance; without a grid, the nearest surface does, and nothing is
  /// known to be open. 1 sigma of a cube is its edge: things that are no plane fill cubes beside
  /// them as well.
  RayHit Raycast(const Eigen::Vector3d& origin_world, const Eigen::Vector3d& direction_world,
                 double range_m) const;

  /// What lies between two points, without the last `margin_m`: kOccupied when anything is in the
  /// way, else kUnknown when not all of it is known. Without a grid kUnknown.
  int8_t LineOfSight(const Eigen::Vector3d& from_world, const Eigen::Vector3d& to_world,
                     double margin_m) const;

  /// Of a level disc of this radius that is moved along the points.
  PathCheck CheckPath(std::span<const Eigen::Vector3d> path_world, double radius_m) const;

  /// By rising distance.
  std::vector<NearSurface> SurfacesNear(const Eigen::Vector3d& point_world, double range_m) const;

 private:
  struct GridHit {
    ClearanceRay::State state = ClearanceRay::State::kUnknown;
    double begin_m = 0;  // where the ray enters the cube that ends it
    double end_m = 0;
  };
  struct PlaneHit {
    double distance_m = std::numeric_limits<double>::infinity();
    double sigma_m = 0;
    int surface = -1;
  };

  GridHit March(const Eigen::Vector3d& origin, const Eigen::Vector3d& direction, double range_m,
                bool through_unknown) const;
  std::optional<PlaneHit> Meet(const Surface& surface, const Eigen::Vector3d& origin,
                               const Eigen::Vector3d& direction) const;
  int8_t DiscState(const Eigen::Vector3d& centre, double radius_m) const;

  const Scene& scene_;
  GridRows rows_;
};

}  // namespace nightjar
