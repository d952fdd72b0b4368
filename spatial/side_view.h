// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "spatial/session.h"

namespace nightjar {

/// The path and its surroundings from the side, as one SVG: z up, to scale, along the horizontal
/// direction in which the path is longest (of an aligned scene: the longer side of the room).
/// Landmarks, path and ellipses as in the plan view (spatial/plan_view.h); floor and ceiling as
/// lines where they are known. Empty without any pose. Deterministic.
std::string SideViewSvg(const Session& session);

}  // namespace nightjar
