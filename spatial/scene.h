// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "core/landmark.h"
#include "core/time.h"

namespace nightjar {

enum class SurfaceKind { kFloor, kCeiling, kWall, kTable, kPlane };

/// A plane part of the surroundings. Its points p fulfil normal_world · p = offset_m.
struct Surface {
  int id = 0;  // its index in Scene::surfaces
  SurfaceKind kind = SurfaceKind::kPlane;
  Eigen::Vector3d normal_world = Eigen::Vector3d::UnitZ();  // to the side from which it was seen
  double offset_m = 0;
  /// Of [normal, offset], relative to the map's gauge (the first keyframe): of rank 3, as a unit
  /// normal has two degrees of freedom.
  Eigen::Matrix4d covariance = Eigen::Matrix4d::Zero();
  /// Its outline in the plane, counter-clockwise as seen against the normal; not closed.
  std::vector<Eigen::Vector3d> polygon_world;
  double area_m2 = 0;  // that was seen: of the outline, without what is missing inside
  int64_t points = 0;  // that it was fitted to
  SensorTime first_seen;
  SensorTime last_seen;
};

/// What each cube of space is known to be. Unknown is neither free nor occupied.
struct OccupancyGrid {
  static constexpr int8_t kUnknown = -1;
  static constexpr int8_t kFree = 0;
  static constexpr int8_t kOccupied = 1;

  Eigen::Vector3d origin_world = Eigen::Vector3d::Zero();  // the corner of cube (0, 0, 0)
  double voxel_m = 0;                                      // edge of a cube; 0: there is no grid
  std::array<int, 3> size{0, 0, 0};                        // cubes along world x, y, z
  std::vector<int8_t> states;  // of (x, y, z) at (z * size[1] + y) * size[0] + x

  bool Holds(int x, int y, int z) const {
    return x >= 0 && y >= 0 && z >= 0 && x < size[0] && y < size[1] && z < size[2];
  }
  /// kUnknown outside of the grid.
  int8_t At(int x, int y, int z) const {
    return Holds(x, y, z) ? states[(static_cast<size_t>(z) * static_cast<size_t>(size[1]) +
                                    static_cast<size_t>(y)) *
                                       static_cast<size_t>(size[0]) +
                                   static_cast<size_t>(x)]
                          : kUnknown;
  }
};

/// The frame in which a room is easy to speak of: x and y along the dominant walls, z = 0 on the
/// floor. p_aligned = Rz(yaw_rad) p_world + (0, 0, -floor_z_m); turned about the world's origin.
struct AlignedFrame {
  double yaw_rad = 0;          // in [-pi/4, pi/4): of walls that stand at right angles
  double yaw_sigma_rad = 0;    // of the walls' direction
  double yaw_confidence = 0;   // 0 .. 1: share of the wall area within 5 degrees of the two axes
  double floor_z_m = 0;        // world z
  double floor_z_sigma_m = 0;  // infinite: no floor was seen, and floor_z_m is 0
};

/// The box of the room around the path, in the aligned frame.
struct RoomExtent {
  Eigen::Vector3d min_aligned = Eigen::Vector3d::Zero();  // m
  Eigen::Vector3d max_aligned = Eigen::Vector3d::Zero();
  /// 1 sigma of each of the six; infinite where no surface bounds it and the extent is that of what
  /// was seen.
  Eigen::Vector3d min_sigma_m = Eigen::Vector3d::Zero();
  Eigen::Vector3d max_sigma_m = Eigen::Vector3d::Zero();
  double floor_area_m2 = 0;  // seen or stood over, from the occupancy
};

/// How far it is to the next obstacle in one direction, at the height of the body.
struct ClearanceRay {
  enum class State { kHit, kOpen, kUnknown };
  State state = State::kUnknown;
  double distance_m = 0;  // to the hit; kOpen: as far as it is known to be free; kUnknown: idem
  double sigma_m = 0;     // of a hit; 0 otherwise
};

/// What is around the body at a keyframe.
struct Clearance {
  /// Ray k looks along the horizontal direction that is turned by k * 30 degrees clockwise, seen
  /// from above, from where the body looks (like the hours of a clock; 0 is ahead). Where it looks:
  /// the reference camera's optical axis, and its image's up when that is nearly vertical.
  std::array<ClearanceRay, 12> rays;
  std::optional<double> height_m;  // of the body over the floor
  /// The obstacle that is nearest, in any horizontal direction: hit distance, 1 sigma, and its
  /// direction, degrees clockwise from ahead in (-180, 180].
  struct Nearest {
    double distance_m = 0;
    double sigma_m = 0;
    double bearing_deg = 0;
  };
  std::optional<Nearest> nearest;
};

/// What a keyframe saw of the scene.
struct KeyframeView {
  std::optional<Clearance> clearance;
  std::vector<int> surfaces;  // ids of those in view, rising
  /// Cubes of space that it saw and no keyframe before it, and their share of all that it saw.
  int64_t new_voxels = 0;
  double new_share = 0;
};

/// What a session knows of its surroundings. Of one map: that with most keyframes.
struct Scene {
  int map = 0;                      // TrajectoryRow::map
  std::vector<Landmark> semidense;  // points on edges and texture, beside the estimator's landmarks
  std::vector<Surface> surfaces;    // largest first
  OccupancyGrid occupancy;          // without cubes where nothing measured depth
  std::optional<AlignedFrame> aligned;
  std::optional<RoomExtent> room;
  std::vector<KeyframeView> views;  // as Session::keyframes; empty: nothing is known
};

}  // namespace nightjar
