// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/surface_kinds.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace nightjar {
namespace {

using Eigen::Vector3d;

constexpr double kLevel = 0.996;     // cosine: 5 degrees from level
constexpr double kUpright = 0.1;     // sine: 6 degrees from upright
constexpr double kLargeShare = 0.4;  // of the largest
constexpr double kSamePlane_m = 0.06;
constexpr double kBelowPath_m = 0.3;  // a floor is at least this far below the body

struct Span {
  double low = HUGE_VAL, high = -HUGE_VAL;
  double Size() const { return high - low; }
};

Span Heights(const Surface& surface) {
  Span span;
  for (const Vector3d& corner : surface.polygon_world) {
    span.low = std::min(span.low, corner.z());
    span.high = std::max(span.high, corner.z());
  }
  return span;
}

// The outermost of the large level surfaces that `fits`, downwards or upwards.
template <typename Fits>
std::optional<double> OutermostLevel(const std::vector<FoundSurface>& found, const Vector3d& place,
                                     bool lowest, Fits fits) {
  double largest = 0;
  for (const FoundSurface& f : found)
    if (fits(f.surface)) largest = std::max(largest, f.surface.area_m2);
  std::optional<double> outermost;
  for (const FoundSurface& f : found) {
    if (!fits(f.surface) || f.surface.area_m2 < kLargeShare * largest) continue;
    const double height = HeightAt(f.surface, place);
    if (!outermost || (lowest ? height < *outermost : height > *outermost)) outermost = height;
  }
  return outermost;
}

bool IsWall(const Surface& surface, const std::optional<double>& floor) {
  const Span heights = Heights(surface);
  return std::abs(surface.normal_world.z()) < kUpright && surface.area_m2 >= 1 &&
         heights.Size() >= 1 && (!floor || heights.high - *floor >= 1.5);
}

}  // namespace

double HeightAt(const Surface& surface, const Vector3d& place) {
  const Vector3d& n = surface.normal_world;
  return (surface.offset_m - n.head<2>().dot(place.head<2>())) / n.z();
}

Vector3d MedianPlace(std::span<const Keyframe> keyframes) {
  Vector3d median = Vector3d::Zero();
  for (int axis = 0; axis < 3 && !keyframes.empty(); ++axis) {
    std::vector<double> values;
    for (const Keyframe& k : keyframes) values.push_back(k.state.T_world_body.translation[axis]);
    const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    median[axis] = *middle;
  }
  return median;
}

void NameSurfaces(std::span<const Keyframe> keyframes, std::vector<FoundSurface>& found) {
  const Vector3d place = MedianPlace(keyframes);
  const auto is_up = [](const Surface& s) { return s.normal_world.z() > kLevel; };
  const auto is_down = [](const Surface& s) { return s.normal_world.z() < -kLevel; };
  const auto floor = OutermostLevel(found, place, true, [&](const Surface& s) {
    return is_up(s) && s.area_m2 >= 0.5 && HeightAt(s, place) < place.z() - kBelowPath_m;
  });
  const auto ceiling = OutermostLevel(found, place, false, [&](const Surface& s) {
    return is_down(s) && s.area_m2 >= 0.5 && HeightAt(s, place) > place.z();
  });
  for (FoundSurface& f : found) {
    Surface& s = f.surface;
    const double height = is_up(s) || is_down(s) ? HeightAt(s, place) : 0;
    if (is_up(s) && floor && std::abs(height - *floor) < kSamePlane_m) {
      s.kind = SurfaceKind::kFloor;
    } else if (is_down(s) && ceiling && std::abs(height - *ceiling) < kSamePlane_m) {
      s.kind = SurfaceKind::kCeiling;
    } else if (is_up(s) && floor && height > *floor + 0.3 && height < *floor + 1.4) {
      s.kind = SurfaceKind::kTable;
    } else if (IsWall(s, floor)) {
      s.kind = SurfaceKind::kWall;
    }
  }
}

}  // namespace nightjar
