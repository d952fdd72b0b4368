// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "spatial/session.h"

namespace nightjar {

/// The session seen from above, as one self-contained SVG: world x to the right, y up, to scale.
/// Landmarks are dots that fade with their 1 sigma; walls and tables that were found are outlined;
/// the path runs from cold to warm colours with time; the 1 and 2 sigma ellipses of the keyframes'
/// positions, drawn larger by the factor that the legend states. The view is fitted to the path and what surrounds it; landmarks outside are
/// left out. Deterministic. Without any pose the picture says so.
std::string PlanViewSvg(const Session& session);

}  // namespace nightjar
