// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "calibration/rig.h"
#include "core/se3.h"

namespace nightjar {

/// The camera by which a session says where the body looks and what it sees: the rig's first one.
/// Nothing without cameras.
inline const RigCamera* ReferenceCamera(const Rig& rig) {
  return rig.cameras.empty() ? nullptr : &rig.cameras.front();
}

/// Where the body looks: the reference camera's optical axis, world axes, of unit length; its
/// image's up when that is within about 12 degrees of the vertical, as of clearance
/// (spatial/scene.h); the body's x axis without a camera.
Eigen::Vector3d LookDirection(const Rig& rig, const Se3& T_world_body);

/// Yaw of where the body looks, rad, counter-clockwise about world z from world x.
double Heading(const Rig& rig, const Se3& T_world_body);

/// The frame in which a wearer speaks: at the body, x ahead (level), y left, z up.
Se3 WorldFromEgo(const Rig& rig, const Se3& T_world_body);

/// Direction of a point of the ego frame as seen from its origin: rad clockwise from ahead in
/// (-pi, pi], as the hours of a clock go; and above the horizon.
double ClockwiseFromAhead(const Eigen::Vector3d& point_ego);
double Elevation(const Eigen::Vector3d& point_ego);

/// 1 .. 12, 12 being ahead.
int ClockHour(double clockwise_rad);

}  // namespace nightjar
