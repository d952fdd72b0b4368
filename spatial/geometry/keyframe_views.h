// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "calibration/rig.h"
#include "core/se3.h"
#include "spatial/geometry/surroundings.h"

namespace nightjar {

/// The surfaces (ids, rising) that a camera sees at a pose: of up to 64 of a surface's surfels,
/// evenly spread, one in thirty or more and two at least are in its image, nearer than
/// `farthest_m`, turned to it, and in sight. `surfels` as `surfaces` count them.
std::vector<int> SurfacesInView(const Surroundings& surroundings, std::span<const Surfel> surfels,
                                std::span<const FoundSurface> surfaces, const RigCamera& camera,
                                const Se3& T_world_camera, double farthest_m);

}  // namespace nightjar
