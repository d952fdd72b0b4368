// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/clearance.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/portable_math.h"

namespace nightjar {
namespace {

using Eigen::Vector3d;
using Eigen::Vector3i;

constexpr int kUnknownColumns = 2;  // in a row that a ray passes
constexpr int kFan = 72;            // directions of which the nearest obstacle is taken

// What one column of voxels says.
struct Column {
  std::vector<Vector3i> occupied;
  int free = 0;     // in the band
  int unknown = 0;  // idem
};

Column ReadColumn(const Surroundings& surroundings, const Vector3d& from, const Vector3d& direction,
                  double along, double half_band) {
  Column column;
  const Vector3d at = from + along * direction;
  Vector3i cell = surroundings.CellOf(at);
  const int first = surroundings.CellOf(at - Vector3d(0, 0, half_band)).z();
  const int last = surroundings.CellOf(at + Vector3d(0, 0, half_band)).z();
  for (int z = first; z <= last; ++z) {
    cell.z() = z;
    const int8_t state = surroundings.At(cell);
    if (state == OccupancyGrid::kOccupied && surroundings.IsMet(cell, from, direction))
      column.occupied.push_back(cell);
    if (state == OccupancyGrid::kFree) ++column.free;
    if (state == OccupancyGrid::kUnknown) ++column.unknown;
  }
  return column;
}

// The mean of what fills the column, as far as it is one thing: within a voxel of the nearest. Its
// errors are taken to be one.
ClearanceRay HitOf(const Surroundings& surroundings, const Column& column, const Vector3d& body,
                   const Vector3d& direction, int keyframe) {
  std::vector<Surroundings::Range> ranges;
  double nearest = HUGE_VAL;
  for (const Vector3i& cell : column.occupied) {
    ranges.push_back(surroundings.RangeOf(cell, body, direction, keyframe));
    nearest = std::min(nearest, ranges.back().distance_m);
  }
  double weights = 0, distance = 0, sigma = 0;
  for (const auto& range : ranges) {
    if (range.distance_m > nearest + surroundings.grid().voxel_m) continue;
    const double weight = 1 / (range.sigma_m * range.sigma_m);
    weights += weight;
    distance += weight * range.distance_m;
    sigma += weight * range.sigma_m;
  }
  return {ClearanceRay::State::kHit, std::max(0.0, distance / weights), sigma / weights};
}

// Where the body looks, level.
Vector3d Heading(const Se3& T_world_body, const Se3& T_body_camera) {
  const Eigen::Quaterniond R = T_world_body.rotation * T_body_camera.rotation;
  Vector3d ahead = R * Vector3d::UnitZ();
  if (ahead.head<2>().norm() < 0.2) ahead = R * Vector3d(0, -1, 0);
  ahead.z() = 0;
  const double length = ahead.norm();
  return length > 0 ? Vector3d(ahead / length) : Vector3d(Vector3d::UnitX());
}

// Turned clockwise as seen from above.
Vector3d Clockwise(const Vector3d& direction, double angle) {
  const auto [sine, cosine] = portable::SinCos(angle);
  return {cosine * direction.x() + sine * direction.y(),
          -sine * direction.x() + cosine * direction.y(), 0};
}

}  // namespace

ClearanceRay CastClearance(const Surroundings& surroundings, const Vector3d& body,
                           const Vector3d& direction, int keyframe,
                           const ClearanceOptions& options) {
  ClearanceRay ray;
  const double voxel = surroundings.grid().voxel_m;
  if (!(voxel > 0)) return ray;
  int unknown = 0;
  for (double t = 0; t <= options.farthest_m; t += 0.5 * voxel) {
    const Column column = ReadColumn(surroundings, body, direction, t, options.half_band_m);
    if (!column.occupied.empty()) return HitOf(surroundings, column, body, direction, keyframe);
    if (column.free >= column.unknown) {
      unknown = 0;
      ray.distance_m = t;
    } else if (++unknown > 2 * kUnknownColumns) {  // steps of half a column
      return ray;
    }
  }
  ray.state = ClearanceRay::State::kOpen;
  return ray;
}

Clearance MeasureClearance(const Surroundings& surroundings, const Se3& T_world_body,
                           const Se3& T_body_camera, const std::optional<AlignedFrame>& aligned,
                           int keyframe, const ClearanceOptions& options) {
  Clearance clearance;
  const Vector3d body = T_world_body.translation;
  if (aligned && std::isfinite(aligned->floor_z_sigma_m))
    clearance.height_m = body.z() - aligned->floor_z_m;
  const Vector3d ahead = Heading(T_world_body, T_body_camera);
  for (int i = 0; i < kFan; ++i) {
    const double degrees = 360.0 / kFan * i;
    const Vector3d direction = Clockwise(ahead, degrees * M_PI / 180);
    const ClearanceRay ray = CastClearance(surroundings, body, direction, keyframe, options);
    constexpr int kPerRay = kFan / 12;
    if (i % kPerRay == 0) clearance.rays[static_cast<size_t>(i / kPerRay)] = ray;
    if (ray.state != ClearanceRay::State::kHit) continue;
    if (!clearance.nearest || ray.distance_m < clearance.nearest->distance_m)
      clearance.nearest = {ray.distance_m, ray.sigma_m, degrees > 180 ? degrees - 360 : degrees};
  }
  return clearance;
}

bool IsCredible(const Clearance& clearance) {
  constexpr double kInside_m = 0.1;
  const auto inside =
      std::count_if(clearance.rays.begin(), clearance.rays.end(), [](const ClearanceRay& ray) {
        return ray.state == ClearanceRay::State::kHit && ray.distance_m < kInside_m;
      });
  return 2 * static_cast<size_t>(inside) < clearance.rays.size();
}

}  // namespace nightjar
