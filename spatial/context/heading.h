// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "calibration/rig.h"
#include "core/se3.h"

namespace nightjar {

/// Where a body looks: along the optical axis of the reference camera; of a rig without cameras
/// along its x axis.
struct Heading {
  double yaw_rad = 0;    // counter-clockwise from world x, (-pi, pi]
  double pitch_rad = 0;  // above the horizon, [-pi/2, pi/2]
};

/// `yaw_rad` is that of the image's up where the camera looks within about 12 degrees of straight
/// down or up, as of clearance (spatial/scene.h).
Heading HeadingOf(const Rig& rig, const Se3& T_world_body);

/// An angle in (-pi, pi].
double WrappedAngle(double rad);

}  // namespace nightjar
