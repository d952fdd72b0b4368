// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "spatial/scene.h"

namespace nightjar {

/// How far the foot of `point` on the surface's plane is from its outline, m; 0 within it. Infinite
/// without an outline.
double DistanceInPlane(const Surface& surface, const Eigen::Vector3d& point_world);

/// The point of the surface that is nearest: within its outline or on it. Of a surface without an
/// outline, of its plane.
Eigen::Vector3d NearestInOutline(const Surface& surface, const Eigen::Vector3d& point_world);

}  // namespace nightjar
