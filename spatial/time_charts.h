// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "spatial/session.h"

namespace nightjar {

/// Height, speed and the 1 sigma of keyframes' position and rotation along time, each an SVG with
/// the same time axis, from the first row on. Of the final trajectory where there is one. Height is
/// over the floor where that is known, else over the world's origin. Lines end where a map does.
/// What is not finite is not drawn; a quantity without any value has no chart. Deterministic.
std::string TimeCharts(const Session& session);

}  // namespace nightjar
