// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/surface_tree.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace nightjar {
namespace {

using Eigen::Vector3d;

constexpr int32_t kLeaf = 4;         // surfaces at most
constexpr int32_t kDeepest = 48;     // of the tree: halves 2^48 surfaces
constexpr double kLarge_m = 1.5;     // both sides: a wall, whose box would be in every other one's
constexpr double kBoxMargin = 1e-9;  // m: rounding must not cut a flat box off

// Where a ray is inside a box, as distances along it: nearer than 0 or `farthest` does not count.
bool MeetsBox(const Vector3d& low, const Vector3d& high, const Vector3d& from,
              const Vector3d& inverse, double farthest) {
  double enter = 0;
  double leave = farthest;
  for (int k = 0; k < 3; ++k) {
    const double a = (low[k] - from[k]) * inverse[k];
    const double b = (high[k] - from[k]) * inverse[k];
    // The order of the arguments makes a NaN (0 * inf: along the box's face) no bound.
    enter = std::max(enter, std::min(a, b));
    leave = std::min(leave, std::max(a, b));
  }
  return enter <= leave;
}

}  // namespace

SurfaceTree::Surface::Surface(const SimulatedScene& scene, int index)
    : corner(scene.panels[static_cast<size_t>(index)].corner),
      u_axis(scene.panels[static_cast<size_t>(index)].u_axis),
      v_axis(scene.panels[static_cast<size_t>(index)].v_axis),
      normal(scene.panels[static_cast<size_t>(index)].Normal()),
      width(scene.panels[static_cast<size_t>(index)].width),
      height(scene.panels[static_cast<size_t>(index)].height),
      two_sided(scene.panels[static_cast<size_t>(index)].two_sided),
      panel(index) {}

std::optional<double> SurfaceTree::Surface::Meet(const Vector3d& from, const Vector3d& direction,
                                                 double farthest) const {
  const Vector3d away = from - corner;
  const double above = normal.dot(away);
  if (above <= 0 && !two_sided) return std::nullopt;
  const double rate = normal.dot(direction);
  if (rate * above >= 0) return std::nullopt;
  const double distance = -above / rate;
  if (distance >= farthest) return std::nullopt;
  const Vector3d place = away + distance * direction;
  const double u = place.dot(u_axis);
  const double v = place.dot(v_axis);
  if (!(u >= 0 && u <= width && v >= 0 && v <= height)) return std::nullopt;
  return distance;
}

SurfaceTree::SurfaceTree(const SimulatedScene& scene) {
  for (size_t object = 0; object < scene.objects.size(); ++object)
    movers_.push_back({static_cast<int>(object), 0, {}});
  for (size_t p = 0; p < scene.panels.size(); ++p) {
    const Panel& panel = scene.panels[p];
    const Surface surface(scene, static_cast<int>(p));
    if (panel.object < 0) {
      still_.push_back(surface);
      continue;
    }
    Mover& mover = movers_[static_cast<size_t>(panel.object)];
    mover.surfaces.push_back(surface);
    for (const double u : {0.0, panel.width}) {
      for (const double v : {0.0, panel.height})
        mover.radius = std::max(mover.radius, panel.At(u, v).norm());
    }
  }
  const auto small = std::stable_partition(
      still_.begin(), still_.end(),
      [](const Surface& surface) { return std::min(surface.width, surface.height) > kLarge_m; });
  large_ = static_cast<size_t>(small - still_.begin());
  if (small != still_.end())
    Split(static_cast<int32_t>(large_), static_cast<int32_t>(still_.size()));
}

void SurfaceTree::Split(int32_t begin, int32_t end) {
  const auto centre = [](const Surface& s) -> Vector3d {
    return s.corner + 0.5 * (s.width * s.u_axis + s.height * s.v_axis);
  };
  Node node;
  node.low.setConstant(std::numeric_limits<double>::max());
  node.high = -node.low;
  Vector3d low = node.low, high = node.high;  // of the centres
  for (int32_t i = begin; i < end; ++i) {
    const Surface& s = still_[static_cast<size_t>(i)];
    for (const Vector3d& corner : {s.corner, Vector3d(s.corner + s.width * s.u_axis),
                                   Vector3d(s.corner + s.height * s.v_axis),
                                   Vector3d(s.corner + s.width * s.u_axis + s.height * s.v_axis)}) {
      node.low = node.low.cwiseMin(corner);
      node.high = node.high.cwiseMax(corner);
    }
    low = low.cwiseMin(centre(s));
    high = high.cwiseMax(centre(s));
  }
  node.low.array() -= kBoxMargin;
  node.high.array() += kBoxMargin;
  const size_t index = nodes_.size();
  nodes_.push_back(node);
  if (end - begin <= kLeaf) {
    nodes_[index].begin = begin;
    nodes_[index].end = end;
    return;
  }
  int axis = 0;
  (high - low).maxCoeff(&axis);
  const auto first = still_.begin() + begin;
  const int32_t middle = begin + (end - begin) / 2;
  std::sort(first, still_.begin() + end, [&](const Surface& a, const Surface& b) {
    const double at_a = centre(a)[axis], at_b = centre(b)[axis];
    return at_a != at_b ? at_a < at_b : a.panel < b.panel;
  });
  Split(begin, middle);
  nodes_[index].begin = static_cast<int32_t>(nodes_.size());
  Split(middle, end);
}

template <typename Visit>
void SurfaceTree::Search(const Vector3d& from, const Vector3d& direction,
                         std::span<const Se3> T_world_objects, const double& farthest,
                         Visit visit) const {
  for (const Mover& mover : movers_) {
    if (T_world_objects.empty()) break;
    const Se3& T_world_object = T_world_objects[static_cast<size_t>(mover.object)];
    const Vector3d to_origin = T_world_object.translation - from;
    const double along = std::clamp(to_origin.dot(direction), 0.0, farthest);
    if ((to_origin - along * direction).squaredNorm() > mover.radius * mover.radius) continue;
    const Se3 T_object_world = T_world_object.Inverse();
    const Vector3d local_from = T_object_world * from;
    const Vector3d local_direction = T_object_world.rotation * direction;
    for (const Surface& surface : mover.surfaces) {
      if (!visit(surface, local_from, local_direction)) return;
    }
  }
  for (size_t i = 0; i < large_; ++i) {
    if (!visit(still_[i], from, direction)) return;
  }
  if (nodes_.empty()) return;
  const Vector3d inverse = direction.cwiseInverse();
  std::array<int32_t, kDeepest> waiting;
  int32_t count = 0;
  waiting[static_cast<size_t>(count++)] = 0;
  while (count > 0) {
    const int32_t index = waiting[static_cast<size_t>(--count)];
    const Node& node = nodes_[static_cast<size_t>(index)];
    if (!MeetsBox(node.low, node.high, from, inverse, farthest)) continue;
    if (node.end == 0) {
      waiting[static_cast<size_t>(count++)] = node.begin;
      waiting[static_cast<size_t>(count++)] = index + 1;
      continue;
    }
    for (int32_t i = node.begin; i < node.end; ++i) {
      if (!visit(still_[static_cast<size_t>(i)], from, direction)) return;
    }
  }
}

std::optional<SurfaceHit> SurfaceTree::FirstHit(const Vector3d& from, const Vector3d& direction,
                                                double farthest_m,
                                                std::span<const Se3> T_world_objects) const {
  std::optional<SurfaceHit> nearest;
  double farthest = farthest_m;
  Search(from, direction, T_world_objects, farthest,
         [&](const Surface& surface, const Vector3d& origin, const Vector3d& way) {
           if (const auto distance = surface.Meet(origin, way, farthest)) {
             nearest = SurfaceHit{surface.panel, *distance};
             farthest = *distance;
           }
           return true;
         });
  return nearest;
}

bool SurfaceTree::IsClear(const Vector3d& from, const Vector3d& to, int panel,
                          std::span<const Se3> T_world_objects) const {
  // What meets at an edge, or lies on the same plane, hides nothing of it.
  constexpr double kTouching = 1e-9;  // m
  const Vector3d way = to - from;
  const double length = way.norm();
  const double farthest = length - kTouching;
  bool clear = true;
  Search(from, way / length, T_world_objects, farthest,
         [&](const Surface& surface, const Vector3d& origin, const Vector3d& direction) {
           clear = surface.panel == panel || !surface.Meet(origin, direction, farthest);
           return clear;
         });
  return clear;
}

std::vector<Se3> ObjectPoses(const SimulatedScene& scene, double t_s) {
  std::vector<Se3> poses;
  for (const MotionSpline& object : scene.objects) poses.push_back(object.Pose(t_s));
  return poses;
}

}  // namespace nightjar
