// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "core/keyframe.h"
#include "spatial/geometry/surface_extraction.h"

namespace nightjar {

/// Says which of the surfaces are floor, ceiling, walls and tables (ExtractSurfaces), from how they
/// lie to each other and to the path of the body.
void NameSurfaces(std::span<const Keyframe> keyframes, std::vector<FoundSurface>& found);

/// The height (world z) of a surface below or above a place.
double HeightAt(const Surface& surface, const Eigen::Vector3d& place_world);

/// Median of the body's positions, axis by axis.
Eigen::Vector3d MedianPlace(std::span<const Keyframe> keyframes);

}  // namespace nightjar
