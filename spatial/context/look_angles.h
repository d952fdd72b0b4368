// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/rig.h"
#include "core/se3.h"

namespace nightjar {

/// Where a body looks: LookDirection() of spatial/query/ego_frame.h as angles.
struct LookAngles {
  double yaw_rad = 0;    // counter-clockwise from world x, (-pi, pi]
  double pitch_rad = 0;  // of the optical axis above the horizon, [-pi/2, pi/2]
};

LookAngles LookAnglesOf(const Rig& rig, const Se3& T_world_body);

/// An angle in (-pi, pi].
double WrappedAngle(double rad);

}  // namespace nightjar
