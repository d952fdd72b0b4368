// SPDX-License-Identifier: Apache-2.0
#include "spatial/query/ego_frame.h"

#include <cmath>
#include <numbers>

#include "core/portable_math.h"
#include "core/so3.h"

namespace nightjar {

Eigen::Vector3d LookDirection(const Rig& rig, const Se3& T_world_body) {
  constexpr double kSteep = 0.2;  // level part of a unit vector that has no heading of its own
  const RigCamera* camera = ReferenceCamera(rig);
  if (!camera) return T_world_body.rotation * Eigen::Vector3d::UnitX();
  const Eigen::Quaterniond R_world_camera = T_world_body.rotation * camera->T_body_camera.rotation;
  const Eigen::Vector3d axis = R_world_camera * Eigen::Vector3d::UnitZ();
  return axis.head<2>().norm() >= kSteep ? axis : R_world_camera * -Eigen::Vector3d::UnitY();
}

double Heading(const Rig& rig, const Se3& T_world_body) {
  const Eigen::Vector3d look = LookDirection(rig, T_world_body);
  return portable::Atan2(look.y(), look.x());
}

Se3 WorldFromEgo(const Rig& rig, const Se3& T_world_body) {
  return {so3::Exp({0, 0, Heading(rig, T_world_body)}), T_world_body.translation};
}

double ClockwiseFromAhead(const Eigen::Vector3d& point_ego) {
  return -portable::Atan2(point_ego.y(), point_ego.x());
}

double Elevation(const Eigen::Vector3d& point_ego) {
  return portable::Atan2(point_ego.z(), point_ego.head<2>().norm());
}

int ClockHour(double clockwise_rad) {
  const auto hours = static_cast<int>(std::lround(clockwise_rad * 6 / std::numbers::pi));
  return (hours + 11) % 12 + 1;
}

}  // namespace nightjar
