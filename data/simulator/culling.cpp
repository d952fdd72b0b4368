// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/culling.h"

#include <algorithm>
#include <limits>

namespace nightjar {
namespace {

using Eigen::Vector3d;

constexpr size_t kLanes = 8;

bool IsSeenFromFront(const PanelView& view) { return !view.inverse.isZero(); }

void SetLane(size_t lane, const Eigen::Vector3f& from, Panels8::Vectors& to) {
  to.x[lane] = from.x();
  to.y[lane] = from.y();
  to.z[lane] = from.z();
}

void SetLane(size_t lane, const PanelView& view, Panels8::End& end) {
  SetLane(lane, view.inverse, end.inverse);
  SetLane(lane, view.along_u, end.along_u);
  SetLane(lane, view.along_v, end.along_v);
}

// The group that has room for one more panel.
Panels8& GroupFor(size_t number, PanelGroups& panels) {
  if (number % kLanes == 0) panels.groups.emplace_back();
  return panels.groups.back();
}

}  // namespace

ViewPyramid ViewPyramid::Around(const std::vector<Vector3d>& bearings, const Vector3d& right,
                                double margin_rad) {
  constexpr double kSmallestCosine = 0.3;
  ViewPyramid pyramid;
  Vector3d sum = Vector3d::Zero();
  for (const Vector3d& bearing : bearings) sum += bearing;
  const Vector3d axis = sum.normalized();
  const Vector3d x = (right - right.dot(axis) * axis).normalized();
  const Vector3d y = axis.cross(x);
  // On the plane at distance 1 across the axis.
  Eigen::Vector2d low = Eigen::Vector2d::Constant(std::numeric_limits<double>::max());
  Eigen::Vector2d high = -low;
  for (const Vector3d& bearing : bearings) {
    const double cosine = bearing.dot(axis) / bearing.norm();
    if (!(cosine > kSmallestCosine)) return pyramid;
    const Eigen::Vector2d place =
        Eigen::Vector2d(bearing.dot(x), bearing.dot(y)) / bearing.dot(axis);
    const double margin = margin_rad / (cosine * cosine);
    low = low.cwiseMin(place - Eigen::Vector2d::Constant(margin));
    high = high.cwiseMax(place + Eigen::Vector2d::Constant(margin));
  }
  const auto corner = [&](double u, double v) {
    return Eigen::Vector3f((axis + u * x + v * y).cast<float>());
  };
  pyramid.corners = {corner(low.x(), low.y()), corner(high.x(), low.y()), corner(low.x(), high.y()),
                     corner(high.x(), high.y())};
  pyramid.bounded = !bearings.empty();
  return pyramid;
}

PanelGroups SeePanels(const SimulatedScene& scene, const CameraTrail& trail, int first_row,
                      int last_row) {
  PanelGroups seen;
  seen.ends = trail.taps() == 1 && !trail.rolling() ? 1 : 2;
  size_t count = 0;
  for (size_t p = 0; p < scene.panels.size(); ++p) {
    const Panel& panel = scene.panels[p];
    const PanelView first(panel, trail.At(panel.object, 0, first_row));
    const PanelView last =
        seen.ends == 1 ? first
                       : PanelView(panel, trail.At(panel.object, trail.taps() - 1, last_row));
    const bool at_first = IsSeenFromFront(first), at_last = IsSeenFromFront(last);
    if (!at_first && !at_last) continue;
    Panels8& group = GroupFor(count, seen);
    const size_t lane = count++ % kLanes;
    group.panel[lane] = static_cast<int32_t>(p);
    group.width[lane] = first.width;
    group.height[lane] = first.height;
    group.crosses[lane] = at_first && at_last ? 0 : -1;
    SetLane(lane, at_first ? first : last, group.ends[0]);
    SetLane(lane, at_last ? last : first, group.ends[1]);
  }
  return seen;
}

void Gather(const PanelGroups& from, const std::vector<PanelPlace>& places, PanelGroups& to) {
  to.groups.clear();
  to.ends = from.ends;
  size_t count = 0;
  for (const PanelPlace& place : places) {
    const Panels8& source = from.groups[place.group];
    Panels8& target = GroupFor(count, to);
    const size_t lane = count++ % kLanes;
    target.panel[lane] = source.panel[place.lane];
    target.width[lane] = source.width[place.lane];
    target.height[lane] = source.height[place.lane];
    target.crosses[lane] = source.crosses[place.lane];
    for (size_t end = 0; end < from.ends; ++end) {
      for (const auto part :
           {&Panels8::End::inverse, &Panels8::End::along_u, &Panels8::End::along_v}) {
        for (const auto axis : {&Panels8::Vectors::x, &Panels8::Vectors::y, &Panels8::Vectors::z})
          (target.ends[end].*part.*axis)[lane] = (source.ends[end].*part.*axis)[place.lane];
      }
    }
  }
}

}  // namespace nightjar
