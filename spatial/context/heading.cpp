// SPDX-License-Identifier: Apache-2.0
#include "spatial/context/heading.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "core/portable_math.h"

namespace nightjar {

Heading HeadingOf(const Rig& rig, const Se3& T_world_body) {
  using Eigen::Vector3d;
  constexpr double kSteep = 0.2;  // level part of a unit vector that has no heading of its own
  Vector3d ahead = T_world_body.rotation * Vector3d::UnitX();
  Vector3d up = T_world_body.rotation * Vector3d::UnitZ();
  if (!rig.cameras.empty()) {
    const Eigen::Quaterniond R = T_world_body.rotation * rig.cameras[0].T_body_camera.rotation;
    ahead = R * Vector3d::UnitZ();
    up = R * -Vector3d::UnitY();
  }
  const double level = ahead.head<2>().norm();
  const Vector3d along = level < kSteep ? up : ahead;
  return {portable::Atan2(along.y(), along.x()), portable::Atan2(ahead.z(), level)};
}

double WrappedAngle(double rad) {
  constexpr double kTurn = 2 * std::numbers::pi;
  const double wrapped = rad - kTurn * std::ceil((rad - std::numbers::pi) / kTurn);
  return wrapped;
}

}  // namespace nightjar
