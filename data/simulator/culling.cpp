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
    for (const size_t end : {0, 1}) {
      const Se3& T_panel_camera = end == 0 ? trail.At(panel.object, 0, first_row)
                                           : trail.At(panel.object, trail.taps() - 1, last_row);
      faces = faces || panel.Normal().dot(T_panel_camera.translation - panel.corner) > 0;
      const Se3 T_camera_panel = T_panel_camera.Inverse();
      Vector3d* corners = &seen.corners[4 * end];
      corners[0] = T_camera_panel * panel.At(0, 0);
      corners[1] = T_camera_panel * panel.At(panel.width, 0);
      corners[2] = T_camera_panel * panel.At(0, panel.height);
      corners[3] = T_camera_panel * panel.At(panel.width, panel.height);
    }
    if (!faces) continue;
    Bound(seen);
    all.push_back(seen);
  }
  return all;
}

std::vector<SeenPanel> Within(const ViewCone& cone, const std::vector<SeenPanel>& candidates) {
  std::vector<SeenPanel> within;
  for (const SeenPanel& seen : candidates) {
    if (seen.cosine >= 0) {
      // Apart when the angle between the axes exceeds the sum of the half angles.
      const bool together_below_pi = cone.cosine + seen.cosine > 0;
      const double limit = cone.cosine * seen.cosine - cone.sine * seen.sine;
      if (together_below_pi && cone.axis.dot(seen.direction) < limit) continue;
    }
    if (!IsBeside(cone, seen)) within.push_back(seen);
  }
  return within;
}

}  // namespace nightjar
