// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "spatial/session.h"

namespace nightjar {

/// The room of SyntheticSession(): x -3.5 .. 3.5, y -2.5 .. 2.5, z 0 .. 2.6, empty but for a table
/// with its top at z = 0.75 over x 2.3 .. 3.3, y -2.3 .. -1.3. Everything that a scene holds, with
/// views of the keyframes that map 0 has, whose clearance is that of the bare walls.
Scene SyntheticScene(const Session& session);

/// How far it is from `position` to the walls along `direction` (horizontal, unit), m.
double DistanceToWalls(const Eigen::Vector3d& position, const Eigen::Vector2d& direction);

}  // namespace nightjar
