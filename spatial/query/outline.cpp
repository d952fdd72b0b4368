// SPDX-License-Identifier: Apache-2.0
#include "spatial/query/outline.h"

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <limits>

namespace nightjar {
namespace {

Eigen::Vector3d FootOnPlane(const Surface& surface, const Eigen::Vector3d& point) {
  const double above = surface.normal_world.dot(point) - surface.offset_m;
  return point - above * surface.normal_world;
}

// By how often a ray in the plane crosses the outline (even-odd), which needs no order of corners.
bool IsInside(const Surface& surface, const Eigen::Vector3d& foot) {
  const Eigen::Vector3d u = surface.normal_world.unitOrthogonal();
  const Eigen::Vector3d v = surface.normal_world.cross(u);
  bool inside = false;
  const auto& polygon = surface.polygon_world;
  for (size_t k = 0, last = polygon.size() - 1; k < polygon.size(); last = k++) {
    const Eigen::Vector3d a = polygon[last] - foot, b = polygon[k] - foot;
    const double av = v.dot(a), bv = v.dot(b);
    if ((av > 0) == (bv > 0)) continue;
    const double au = u.dot(a), bu = u.dot(b);
    if (au + (bu - au) * av / (av - bv) > 0) inside = !inside;
  }
  return inside;
}

Eigen::Vector3d NearestOnOutline(const Surface& surface, const Eigen::Vector3d& foot) {
  Eigen::Vector3d nearest = surface.polygon_world.front();
  const auto& polygon = surface.polygon_world;
  for (size_t k = 0, last = polygon.size() - 1; k < polygon.size(); last = k++) {
    const Eigen::Vector3d edge = polygon[k] - polygon[last];
    const double squared = edge.squaredNorm();
    const double share =
        squared > 0 ? std::clamp(edge.dot(foot - polygon[last]) / squared, 0.0, 1.0) : 0;
    const Eigen::Vector3d point = polygon[last] + share * edge;
    if ((point - foot).squaredNorm() < (nearest - foot).squaredNorm()) nearest = point;
  }
  return nearest;
}

}  // namespace

double DistanceInPlane(const Surface& surface, const Eigen::Vector3d& point) {
  if (surface.polygon_world.empty()) return std::numeric_limits<double>::infinity();
  const Eigen::Vector3d foot = FootOnPlane(surface, point);
  return IsInside(surface, foot) ? 0 : (NearestOnOutline(surface, foot) - foot).norm();
}

Eigen::Vector3d NearestInOutline(const Surface& surface, const Eigen::Vector3d& point) {
  const Eigen::Vector3d foot = FootOnPlane(surface, point);
  if (surface.polygon_world.empty() || IsInside(surface, foot)) return foot;
  return NearestOnOutline(surface, foot);
}

}  // namespace nightjar
