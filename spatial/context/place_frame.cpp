// SPDX-License-Identifier: Apache-2.0
#include "spatial/context/place_frame.h"

#include <cmath>

#include "core/portable_math.h"
#include "spatial/context/look_angles.h"

namespace nightjar {

PlaceFrame::PlaceFrame(const std::optional<AlignedFrame>& aligned) {
  if (!aligned) return;
  is_aligned = true;
  has_floor = !std::isinf(aligned->floor_z_sigma_m);  // NaN: seen, and its sigma not known
  yaw_rad = aligned->yaw_rad;
  floor_z_m = aligned->floor_z_m;
  cosine = portable::Cos(yaw_rad);
  sine = portable::Sin(yaw_rad);
}

Eigen::Vector3d PlaceFrame::FromWorld(const Eigen::Vector3d& p) const {
  return {cosine * p.x() - sine * p.y(), sine * p.x() + cosine * p.y(), p.z() - floor_z_m};
}

Eigen::Vector3d PlaceFrame::ToWorld(const Eigen::Vector3d& p) const {
  return {cosine * p.x() + sine * p.y(), cosine * p.y() - sine * p.x(), p.z() + floor_z_m};
}

double PlaceFrame::Yaw(double yaw_world_rad) const { return WrappedAngle(yaw_world_rad + yaw_rad); }

}  // namespace nightjar
