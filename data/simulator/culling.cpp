// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/culling.h"

#include <algorithm>
#include <cmath>

#include "core/portable_math.h"

namespace nightjar {
namespace {

using Eigen::Vector3d;

// A ball that holds all corners, as the camera sees it.
void Bound(SeenPanel& seen) {
  Vector3d centre = Vector3d::Zero();
  for (const Vector3d& corner : seen.corners) centre += corner / 8;
  double radius2 = 0;
  for (const Vector3d& corner : seen.corners)
    radius2 = std::max(radius2, (corner - centre).squaredNorm());
  const double distance2 = centre.squaredNorm();
  if (distance2 <= radius2) return;
  seen.direction = centre / std::sqrt(distance2);
  seen.sine = std::sqrt(radius2 / distance2);
  seen.cosine = std::sqrt(1 - radius2 / distance2);
}

// The pyramids from the camera to the panel, at either end.
void FindSides(SeenPanel& seen) {
  constexpr std::array<size_t, 5> kAround = {0, 1, 3, 2, 0};
  for (const size_t end : {size_t{0}, size_t{4}}) {
    const Vector3d middle = seen.corners[end] + seen.corners[end + 3];
    for (size_t side = 0; side < 4; ++side) {
      const Vector3d normal =
          seen.corners[end + kAround[side]].cross(seen.corners[end + kAround[side + 1]]);
      const double length = normal.norm();
      // In line with the camera it is no side: nothing is inside of it then.
      seen.sides[end + side] = length > 1e-12 ? Vector3d(normal / length) : Vector3d::Zero();
      if (normal.dot(middle) < 0) seen.sides[end + side] *= -1;
    }
  }
}

// Whether direction.dot(r) > 0 for all unit vectors r of the cone.
bool IsPositiveWithin(const ViewCone& cone, const Vector3d& direction) {
  const double length = direction.norm();
  if (!(length > 0)) return false;
  const double cosine = std::clamp(cone.axis.dot(direction) / length, -1.0, 1.0);
  // cos(angle + half angle of the cone) > 0
  return cosine > 0 && cosine * cone.cosine > std::sqrt(1 - cosine * cosine) * cone.sine;
}

// Whether the plane of `front` is nearer than that of `behind` within the whole cone, from both
// ends.
bool IsInFront(const ViewCone& cone, const SeenPanel& front, const SeenPanel& behind) {
  for (size_t end = 0; end < 2; ++end) {
    if (!behind.inverse[end].isZero() &&
        !IsPositiveWithin(cone, front.inverse[end] - behind.inverse[end])) {
      return false;
    }
  }
  return true;
}

bool Fills(const ViewCone& cone, const SeenPanel& seen) {
  return IsPositiveWithin(cone, seen.inverse[0]) && IsPositiveWithin(cone, seen.inverse[1]) &&
         std::all_of(seen.sides.begin(), seen.sides.end(),
                     [&cone](const Vector3d& side) { return side.dot(cone.axis) > cone.sine; });
}

// Whether one plane that touches the cone has all corners behind it: the plane on the side of the
// panel's middle.
bool IsBeside(const ViewCone& cone, const SeenPanel& seen) {
  Vector3d middle = Vector3d::Zero();
  for (const Vector3d& corner : seen.corners) middle += corner;
  const Vector3d sideways = middle - middle.dot(cone.axis) * cone.axis;
  const double length = sideways.norm();
  if (length < 1e-9) return false;
  const Vector3d away = cone.cosine * sideways / length - cone.sine * cone.axis;
  return std::all_of(seen.corners.begin(), seen.corners.end(),
                     [&](const Vector3d& corner) { return away.dot(corner) > 0; });
}

}  // namespace

ViewCone ViewCone::Around(const std::vector<Vector3d>& bearings, double margin_rad) {
  ViewCone cone;
  Vector3d sum = Vector3d::Zero();
  for (const Vector3d& bearing : bearings) sum += bearing;
  if (sum.norm() > 0) cone.axis = sum.normalized();
  double cosine = 1;
  for (const Vector3d& bearing : bearings) cosine = std::min(cosine, bearing.dot(cone.axis));
  const double sine = std::sqrt(std::max(0.0, 1 - cosine * cosine));
  const double angle = portable::Atan2(sine, cosine) + margin_rad;
  cone.cosine = portable::Cos(angle);
  cone.sine = portable::Sin(angle);
  return cone;
}

std::vector<SeenPanel> SeePanels(const Scene& scene, const CameraTrail& trail, int first_row,
                                 int last_row) {
  std::vector<SeenPanel> all;
  for (size_t p = 0; p < scene.panels.size(); ++p) {
    const Panel& panel = scene.panels[p];
    SeenPanel seen;
    seen.panel = static_cast<int>(p);
    bool faces = panel.two_sided;
    for (const size_t end : {size_t{0}, size_t{1}}) {
      const Se3& T_panel_camera = end == 0 ? trail.At(panel.object, 0, first_row)
                                           : trail.At(panel.object, trail.taps() - 1, last_row);
      const double above = panel.Normal().dot(T_panel_camera.translation - panel.corner);
      faces = faces || above > 0;
      seen.inverse[end] = Vector3d::Zero();
      if (above > 0 || (above < 0 && panel.two_sided))
        seen.inverse[end] = T_panel_camera.rotation.conjugate() * panel.Normal() / -above;
      const Se3 T_camera_panel = T_panel_camera.Inverse();
      Vector3d* corners = &seen.corners[4 * end];
      corners[0] = T_camera_panel * panel.At(0, 0);
      corners[1] = T_camera_panel * panel.At(panel.width, 0);
      corners[2] = T_camera_panel * panel.At(0, panel.height);
      corners[3] = T_camera_panel * panel.At(panel.width, panel.height);
    }
    if (!faces) continue;
    Bound(seen);
    FindSides(seen);
    all.push_back(seen);
  }
  return all;
}

std::vector<const SeenPanel*> Within(const ViewCone& cone,
                                     const std::vector<const SeenPanel*>& candidates) {
  std::vector<const SeenPanel*> within;
  for (const SeenPanel* seen : candidates) {
    if (seen->cosine >= 0) {
      // Apart when the angle between the axes exceeds the sum of the half angles.
      const bool together_below_pi = cone.cosine + seen->cosine > 0;
      const double limit = cone.cosine * seen->cosine - cone.sine * seen->sine;
      if (together_below_pi && cone.axis.dot(seen->direction) < limit) continue;
    }
    if (!IsBeside(cone, *seen)) within.push_back(seen);
  }
  return within;
}

bool RemoveHidden(const ViewCone& cone, std::vector<const SeenPanel*>& candidates) {
  const SeenPanel* front = nullptr;
  for (const SeenPanel* seen : candidates) {
    if (Fills(cone, *seen) && (front == nullptr || IsInFront(cone, *seen, *front))) front = seen;
  }
  if (front == nullptr) return false;
  std::erase_if(candidates, [&](const SeenPanel* seen) {
    return seen != front && IsInFront(cone, *front, *seen);
  });
  return candidates.size() == 1;
}

}  // namespace nightjar
