// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "spatial/session.h"

namespace nightjar {

/// Gives a map another world frame: everything of it that has a place is told in the new one, with
/// its covariance. The new frame has z up too: `T_new_world` turns about z and shifts. Cubes of an
/// occupancy grid lie along the axes of the old one: the grid is dropped (views, room and aligned
/// frame stay). The open loop has a frame of its own and is not touched.
void MoveMap(Session& session, int map, const Se3& T_new_world);

/// T_aligned_world of Scene::aligned.
Se3 AlignedFromWorld(const AlignedFrame& aligned);

}  // namespace nightjar
