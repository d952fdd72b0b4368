// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/room_frame.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "core/portable_math.h"
#include "spatial/geometry/surface_kinds.h"

namespace nightjar {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNearAxes_rad = 5 * M_PI / 180;
constexpr double kFacingCosine = 0.985;  // 10 degrees
constexpr double kLargeShare = 1.0 / 3;

// Into [-pi/4, pi/4).
double Quarter(double angle) {
  const double quarter = 0.5 * M_PI;
  const double turned = angle - quarter * std::floor(angle / quarter + 0.5);
  return turned >= 0.5 * quarter ? turned - quarter : turned;
}

double YawOf(const Surface& wall) {
  return portable::Atan2(wall.normal_world.y(), wall.normal_world.x());
}

// 1 sigma of a wall's yaw: of its normal across itself, level.
double YawSigma(const Surface& wall) {
  const Vector3d across = Vector3d::UnitZ().cross(wall.normal_world).normalized();
  return std::sqrt(across.dot(wall.covariance.topLeftCorner<3, 3>() * across));
}

bool IsWall(const FoundSurface& found) { return found.surface.kind == SurfaceKind::kWall; }

// Heading of most of the walls, of the file's conventions: world to aligned.
void AlignYaw(std::span<const FoundSurface> surfaces, AlignedFrame& aligned) {
  Vector2d sum = Vector2d::Zero();
  double area = 0;
  for (const FoundSurface& found : surfaces) {
    if (!IsWall(found)) continue;
    const auto [sine, cosine] = portable::SinCos(4 * YawOf(found.surface));
    sum += found.surface.area_m2 * Vector2d(cosine, sine);
    area += found.surface.area_m2;
  }
  if (area == 0) {
    aligned.yaw_sigma_rad = kInfinity;
    return;
  }
  const double rough = 0.25 * portable::Atan2(sum.y(), sum.x());
  double near = 0, weights = 0, mean = 0, best = kInfinity;
  for (const FoundSurface& found : surfaces) {
    if (!IsWall(found)) continue;
    const double away = Quarter(YawOf(found.surface) - rough);
    if (std::abs(away) > kNearAxes_rad) continue;
    const double sigma = std::max(1e-6, YawSigma(found.surface));
    const double weight = found.surface.area_m2 / (sigma * sigma);
    near += found.surface.area_m2;
    weights += weight;
    mean += weight * away;
    best = std::min(best, sigma);
  }
  if (weights == 0) {  // no wall is near to what they are on average
    aligned.yaw_sigma_rad = kInfinity;
    return;
  }
  mean /= weights;
  double spread = 0;
  for (const FoundSurface& found : surfaces) {
    if (!IsWall(found)) continue;
    const double away = Quarter(YawOf(found.surface) - rough) - mean;
    if (std::abs(away) > kNearAxes_rad) continue;
    const double sigma = std::max(1e-6, YawSigma(found.surface));
    const double weight = found.surface.area_m2 / (sigma * sigma) / weights;
    spread += weight * weight * away * away;
  }
  // How they disagree, and what the surest one is unsure of: their poses are the same.
  aligned.yaw_sigma_rad = std::sqrt(spread + best * best);
  aligned.yaw_rad = Quarter(-(rough + mean));
  aligned.yaw_confidence = near / area;
}

const Surface* Largest(std::span<const FoundSurface> surfaces, SurfaceKind kind) {
  const Surface* largest = nullptr;
  for (const FoundSurface& found : surfaces) {
    if (found.surface.kind == kind &&
        (largest == nullptr || found.surface.area_m2 > largest->area_m2))
      largest = &found.surface;
  }
  return largest;
}

// 1 sigma of a level surface's height at a place: d = n . p there.
double HeightSigma(const Surface& surface, const Vector3d& place) {
  Vector3d on = place;
  on.z() = HeightAt(surface, place);
  Eigen::Vector4d row;
  row << -on, 1;
  return std::sqrt(row.dot(surface.covariance * row)) / std::abs(surface.normal_world.z());
}

// World to aligned.
struct Turn {
  explicit Turn(const AlignedFrame& frame) : floor(frame.floor_z_m) {
    const auto [s, c] = portable::SinCos(frame.yaw_rad);
    sine = s;
    cosine = c;
  }
  Vector3d Direction(const Vector3d& v) const {
    return {cosine * v.x() - sine * v.y(), sine * v.x() + cosine * v.y(), v.z()};
  }
  Vector3d Point(const Vector3d& p) const { return Direction(p) - Vector3d(0, 0, floor); }
  double sine = 0, cosine = 1, floor = 0;
};

// The centre of a surface's outline.
Vector3d Middle(const Surface& surface) {
  Vector3d sum = Vector3d::Zero();
  for (const Vector3d& corner : surface.polygon_world) sum += corner;
  return surface.polygon_world.empty()
             ? Vector3d(surface.offset_m * surface.normal_world)
             : Vector3d(sum / static_cast<double>(surface.polygon_world.size()));
}

// Where a plane crosses an axis of the aligned frame through `place` (aligned), and its 1 sigma.
struct Bound {
  double at = 0, sigma = kInfinity;
};

Bound CrossingOf(const Surface& surface, const Turn& turn, const Vector3d& place_world, int axis) {
  const Vector3d n = turn.Direction(surface.normal_world);
  // Moved along the axis from the place to the plane.
  const double step = (surface.offset_m - surface.normal_world.dot(place_world)) / n[axis];
  const Vector3d along(axis == 0   ? turn.cosine
                       : axis == 1 ? turn.sine
                                   : 0,
                       axis == 0   ? -turn.sine
                       : axis == 1 ? turn.cosine
                                   : 0,
                       axis == 2 ? 1 : 0);
  const Vector3d on = place_world + step * along;
  Eigen::Vector4d row;
  row << -on, 1;
  return {turn.Point(on)[axis], std::sqrt(row.dot(surface.covariance * row)) / std::abs(n[axis])};
}

// The box of known voxels, without the outermost hundredth on each side, in the aligned frame.
struct SeenBox {
  Vector3d low = Vector3d::Zero(), high = Vector3d::Zero();
  bool empty = true;
};

SeenBox SeenSpace(const OccupancyGrid& grid, const Turn& turn) {
  SeenBox box;
  std::array<std::vector<float>, 3> places;
  // Every cell of a small grid, some of a large one: for a hundredth that is enough.
  const size_t step = std::max<size_t>(1, grid.states.size() / 2'000'000);
  for (size_t i = 0; i < grid.states.size(); i += step) {
    if (grid.states[i] == OccupancyGrid::kUnknown) continue;
    const auto width = static_cast<size_t>(grid.size[0]),
               height = static_cast<size_t>(grid.size[1]);
    const Vector3d cell(static_cast<double>(i % width), static_cast<double>(i / width % height),
                        static_cast<double>(i / width / height));
    const Vector3d place =
        turn.Point(grid.origin_world + grid.voxel_m * (cell + Vector3d::Constant(0.5)));
    for (int axis = 0; axis < 3; ++axis)
      places[static_cast<size_t>(axis)].push_back(static_cast<float>(place[axis]));
  }
  if (places[0].empty()) return box;
  box.empty = false;
  for (int axis = 0; axis < 3; ++axis) {
    auto& values = places[static_cast<size_t>(axis)];
    const auto rank = static_cast<std::ptrdiff_t>(values.size() / 100);
    std::nth_element(values.begin(), values.begin() + rank, values.end());
    box.low[axis] = values[static_cast<size_t>(rank)];
    std::nth_element(values.begin(), values.end() - 1 - rank, values.end());
    box.high[axis] = *(values.end() - 1 - rank);
  }
  return box;
}

// The bound on one side: `inward` is +1 at the low end.
std::optional<Bound> Side(std::span<const FoundSurface> surfaces, const Turn& turn,
                          const Vector3d& place, double path_end, int axis, double inward) {
  const auto fits = [&](const Surface& s) {
    const bool kind = axis == 2
                          ? s.kind == (inward > 0 ? SurfaceKind::kFloor : SurfaceKind::kCeiling)
                          : s.kind == SurfaceKind::kWall;
    if (!kind || inward * turn.Direction(s.normal_world)[axis] < kFacingCosine) return false;
    return inward * (path_end - turn.Point(Middle(s))[axis]) > 0;
  };
  double largest = 0;
  for (const FoundSurface& f : surfaces)
    if (fits(f.surface)) largest = std::max(largest, f.surface.area_m2);
  std::optional<Bound> outermost;
  for (const FoundSurface& f : surfaces) {
    if (!fits(f.surface) || f.surface.area_m2 < kLargeShare * largest) continue;
    // Where the surface is, as far as it is beside the path: its middle for walls.
    const Vector3d at = axis == 2 ? place : Middle(f.surface);
    const Bound bound = CrossingOf(f.surface, turn, at, axis);
    if (!outermost || inward * (outermost->at - bound.at) > 0) outermost = bound;
  }
  return outermost;
}

double FloorArea(const OccupancyGrid& grid, const AlignedFrame& aligned) {
  const bool floor = std::isfinite(aligned.floor_z_sigma_m);
  double area = 0;
  for (int y = 0; y < grid.size[1]; ++y) {
    for (int x = 0; x < grid.size[0]; ++x) {
      bool counts = false;
      for (int z = 0; z < grid.size[2] && !counts; ++z) {
        const int8_t state = grid.At(x, y, z);
        if (floor) {
          const double above = grid.origin_world.z() + (z + 0.5) * grid.voxel_m - aligned.floor_z_m;
          counts = std::abs(above) <= grid.voxel_m && state != OccupancyGrid::kUnknown;
        } else {
          counts = state == OccupancyGrid::kFree;
        }
      }
      if (counts) area += grid.voxel_m * grid.voxel_m;
    }
  }
  return area;
}

}  // namespace

std::optional<AlignedFrame> AlignScene(std::span<const FoundSurface> surfaces,
                                       std::span<const Keyframe> keyframes) {
  AlignedFrame aligned;
  AlignYaw(surfaces, aligned);
  const Surface* floor = Largest(surfaces, SurfaceKind::kFloor);
  if (floor == nullptr && !std::isfinite(aligned.yaw_sigma_rad)) return std::nullopt;
  aligned.floor_z_sigma_m = kInfinity;
  if (floor != nullptr) {
    const Vector3d place = MedianPlace(keyframes);
    aligned.floor_z_m = HeightAt(*floor, place);
    aligned.floor_z_sigma_m = HeightSigma(*floor, place);
  }
  return aligned;
}

std::optional<RoomExtent> MeasureRoom(std::span<const FoundSurface> surfaces,
                                      std::span<const Keyframe> keyframes,
                                      const AlignedFrame& aligned, const OccupancyGrid& grid) {
  const Turn turn(aligned);
  const SeenBox seen = SeenSpace(grid, turn);
  if (seen.empty || keyframes.empty()) return std::nullopt;
  Vector3d low = Vector3d::Constant(kInfinity), high = -low;
  for (const Keyframe& keyframe : keyframes) {
    const Vector3d place = turn.Point(keyframe.state.T_world_body.translation);
    low = low.cwiseMin(place);
    high = high.cwiseMax(place);
  }
  RoomExtent room;
  const Vector3d place = MedianPlace(keyframes);
  for (int axis = 0; axis < 3; ++axis) {
    const Bound least =
        Side(surfaces, turn, place, low[axis], axis, 1).value_or(Bound{seen.low[axis], kInfinity});
    const Bound most = Side(surfaces, turn, place, high[axis], axis, -1)
                           .value_or(Bound{seen.high[axis], kInfinity});
    room.min_aligned[axis] = least.at;
    room.min_sigma_m[axis] = least.sigma;
    room.max_aligned[axis] = most.at;
    room.max_sigma_m[axis] = most.sigma;
  }
  room.floor_area_m2 = FloorArea(grid, aligned);
  return room;
}

}  // namespace nightjar
