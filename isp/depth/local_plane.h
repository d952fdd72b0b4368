// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <optional>

#include "core/depth_map.h"

namespace nightjar {

/// How a surface lies where a pixel sees it, and what a pixel beside it sees of it.

/// px: over how many to either side a surface's slant is measured. Depths of neighbours are too
/// noisy for it.
inline constexpr int kSlantReach = 4;

/// m: how different two depths of one surface may be over that distance, at depth z +- sigma.
inline double MostApart(double z_m, double sigma_m) { return std::max(6 * sigma_m, 0.1 * z_m); }

/// Where the ray `ray` meets the plane through `point` with normal `normal` (any length), as a
/// multiple of `ray`: the depth for a ray with z = 1. Nothing for a normal of zero (not known) and
/// for rays that graze the plane at less than 6 degrees, where a normal that is a little wrong
/// moves the answer far.
inline std::optional<double> MeetPlane(const Eigen::Vector3d& ray, const Eigen::Vector3d& point,
                                       const Eigen::Vector3d& normal) {
  constexpr double kSmallestSine = 0.1;
  const double across = normal.dot(ray);
  if (!(std::abs(across) > kSmallestSine * normal.norm() * ray.norm())) return std::nullopt;
  return normal.dot(point) / across;
}

/// Normal, of any length, of the surface at pixel (x, y), from points kSlantReach px away as far as
/// they are of the same surface: not further from `here` in z than `most_apart_m`. Both sides of
/// the pixel count alike where both are there. `point(u, v)` gives the point of a pixel, z = 0 or
/// +inf where there is none, also outside of the picture. Zero where nobody can tell.
template <typename Point>
Eigen::Vector3d NormalAround(int x, int y, const Eigen::Vector3d& here, double most_apart_m,
                             const Point& point) {
  const auto arm = [&](int dx, int dy) -> Eigen::Vector3d {
    Eigen::Vector3d ends[2];
    bool known[2];
    for (const int side : {0, 1}) {
      const int sign = side == 0 ? 1 : -1;
      ends[side] = point(x + sign * dx, y + sign * dy);
      known[side] = ends[side].z() > 0 && std::abs(ends[side].z() - here.z()) <= most_apart_m;
    }
    if (known[0] && known[1]) return ends[0] - ends[1];
    if (known[0]) return ends[0] - here;
    if (known[1]) return here - ends[1];
    return Eigen::Vector3d::Zero();
  };
  return arm(kSlantReach, 0).cross(arm(0, kSlantReach));
}

/// The point that pixel (x, y) of a map sees, in the map's frame; z = +inf where it is not known.
inline Eigen::Vector3d PointOf(const DepthMap& map, int x, int y) {
  const PinholeView& view = map.view;
  if (x < 0 || y < 0 || x >= view.width || y >= view.height || !std::isfinite(map.depth_m(x, y)))
    return {0, 0, double{kUnknownDepth}};
  const double z = map.depth_m(x, y);
  return {z * (x - view.cx) / view.focal, z * (y - view.cy) / view.focal, z};
}

}  // namespace nightjar
