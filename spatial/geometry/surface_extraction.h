// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "core/keyframe.h"
#include "spatial/geometry/plane_fit.h"
#include "spatial/geometry/surfel.h"
#include "spatial/scene.h"

namespace nightjar {

struct SurfaceOptions {
  /// m^2, what is smaller is no surface: horizontal, and any other.
  double least_horizontal_m2 = 0.15;
  double least_area_m2 = 0.3;
  /// m, edge of the cells that areas and outlines are counted in.
  double cell_m = 0.1;
  /// m: parts of one plane with a gap of less between them are one surface: of floors, ceilings and
  /// walls, and of anything else.
  double large_gap_m = 1.0;
  double small_gap_m = 0.25;
  PlaneFitOptions fit;
};

/// A surface and the surfels that it was fitted to.
struct FoundSurface {
  Surface surface;
  std::vector<int> members;                                  // into the surfels
  double rms_m = 0;                                          // of their distances from it
  Eigen::Matrix4d fit_covariance = Eigen::Matrix4d::Zero();  // of [normal, offset], poses apart
};

/// Planes among surfels, largest first. Gravity goes first: horizontal planes are peaks of the area
/// over height, vertical ones of the area over direction and then distance, others are looked for
/// among what is left (Fischler, Bolles 1981, with a fixed sequence). Each peak is fitted
/// (FitPlane), split into connected parts, and fitted part by part. The covariance has that of the
/// poses of the keyframes that saw it, whose errors are taken to be one.
///
/// Floor: horizontal, seen from above, the lowest of the large ones (two fifths of the largest)
/// below the path, and all within 6 cm of its plane. Ceiling: likewise above the path. Wall:
/// vertical, a square metre or more, a metre high or more, up to 1.5 m over the floor or higher.
/// Table: horizontal, seen from above, 0.3 to 1.4 m over the floor. `keyframes`: of the map, by
/// number, as the surfels have it; empty: nothing is known of poses.
std::vector<FoundSurface> ExtractSurfaces(std::span<const Surfel> surfels,
                                          std::span<const Keyframe> keyframes,
                                          const SurfaceOptions& options);

/// Coordinates in a plane of that normal (unit), counter-clockwise as seen against it: the second
/// axis points up as far as it can, or along world y (x where it is seen from below).
struct PlaneAxes {
  explicit PlaneAxes(const Eigen::Vector3d& normal_world);
  Eigen::Vector2d ToPlane(const Eigen::Vector3d& point) const {
    return {u.dot(point), v.dot(point)};
  }
  Eigen::Vector3d u, v;
};

}  // namespace nightjar
