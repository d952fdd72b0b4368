// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/ray_casting.h"

#include <cmath>

namespace nightjar {

PanelView::PanelView(const Panel& panel, const Se3& T_panel_camera)
    : width(static_cast<float>(panel.width)), height(static_cast<float>(panel.height)) {
  using Eigen::Vector3d;
  const Vector3d normal = panel.Normal();
  const Vector3d from = T_panel_camera.translation - panel.corner;
  const Eigen::Matrix3d R_camera_panel = T_panel_camera.RotationMatrix().transpose();
  const double above = normal.dot(from);
  distance = static_cast<float>(std::abs(above));
  Vector3d plane = Vector3d::Zero();
  if (above > 0 || (above < 0 && panel.two_sided)) plane = R_camera_panel * normal / -above;
  // The place is u_axis.dot(from + r / d): times d it is linear in r.
  const auto along = [&](const Vector3d& axis) {
    return Vector3d(R_camera_panel * axis + axis.dot(from) * plane);
  };
  inverse = plane.cast<float>();
  along_u = along(panel.u_axis).cast<float>();
  along_v = along(panel.v_axis).cast<float>();
}

}  // namespace nightjar
