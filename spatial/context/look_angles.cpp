// SPDX-License-Identifier: Apache-2.0
#include "spatial/context/look_angles.h"

#include <cmath>
#include <numbers>

#include "core/portable_math.h"
#include "spatial/query/ego_frame.h"

namespace nightjar {

LookAngles LookAnglesOf(const Rig& rig, const Se3& T_world_body) {
  const RigCamera* camera = ReferenceCamera(rig);
  const Eigen::Vector3d axis =
      camera != nullptr
          ? T_world_body.rotation * (camera->T_body_camera.rotation * Eigen::Vector3d::UnitZ())
          : T_world_body.rotation * Eigen::Vector3d::UnitX();
  return {Heading(rig, T_world_body), portable::Atan2(axis.z(), axis.head<2>().norm())};
}

double WrappedAngle(double rad) {
  constexpr double kTurn = 2 * std::numbers::pi;
  return rad - kTurn * std::ceil((rad - std::numbers::pi) / kTurn);
}

}  // namespace nightjar
