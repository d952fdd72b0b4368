// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/keyframe.h"
#include "spatial/geometry/surface_extraction.h"
#include "spatial/scene.h"

namespace nightjar {

/// The aligned frame of a scene's surfaces. Yaw: that of the walls' normals modulo a quarter turn,
/// weighted by area: the direction of the mean of (cos 4a, sin 4a), then the mean, weighted by area
/// over variance, of those within 5 degrees of it. Its sigma: of that mean, the poses' yaw being
/// common to all. The floor: the largest one, at the middle of the path. Without walls yaw is 0,
/// its sigma infinite and its confidence 0; nothing where there is neither wall nor floor.
std::optional<AlignedFrame> AlignScene(std::span<const FoundSurface> surfaces,
                                       std::span<const Keyframe> keyframes);

/// The room's box. A side is bounded by the walls that face the path from there, at a right angle
/// within 10 degrees, beyond the path: of those with a third or more of the area of the largest one
/// the outermost; by the largest floor and the outermost ceiling likewise. Where there is none, by
/// what was seen to be free or occupied (all but a hundredth of it on either side). Floor area: of
/// the columns in which a voxel near the floor is not unknown, or, without a floor, is free
/// anywhere. Nothing without any voxel.
std::optional<RoomExtent> MeasureRoom(std::span<const FoundSurface> surfaces,
                                      std::span<const Keyframe> keyframes,
                                      const AlignedFrame& aligned, const OccupancyGrid& grid);

}  // namespace nightjar
