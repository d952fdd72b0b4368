// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/ray_casting.h"

#include <cmath>

namespace nightjar {
PanelView::PanelView(const Panel& panel, const Se3& T_panel_camera)
    : width(static_cast<float>(panel.width)), height(static_cast<float>(panel.height)) {
  const Eigen::Vector3d normal = panel.Normal();
  const Eigen::Vector3d from = T_panel_camera.translation - panel.corner;
  const Eigen::Matrix3d R = T_panel_camera.RotationMatrix();
  const double height_above = normal.dot(from);
  distance = static_cast<float>(std::abs(height_above));
  if (height_above > 0 || (height_above < 0 && panel.two_sided))
    inverse = (R.transpose() * normal / -height_above).cast<float>();
  slope_u = (R.transpose() * panel.u_axis).cast<float>();
  slope_v = (R.transpose() * panel.v_axis).cast<float>();
  offset_u = static_cast<float>(panel.u_axis.dot(from));
  offset_v = static_cast<float>(panel.v_axis.dot(from));
}

}  // namespace nightjar
