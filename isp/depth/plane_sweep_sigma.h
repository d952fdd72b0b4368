// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image.h"

namespace nightjar {

/// RMS difference of the levels of the 5 x 5 px around from the pixel's, each at most 4 levels.
/// Levels that are wrong, beside outlines and on bare walls, are not those of their neighbours.
double LevelRoughness(const Image<float>& level, int x, int y);

/// What the error of a match in a plane sweep is told from.
struct SweepEvidence {
  double roughness_px;  // LevelRoughness, in px of the views that counted
  double margin, cost;  // LevelMap
  double parallax_px;   // from infinity to the nearest level
};

/// Expected RMS error of a match, px, as a multiple of that of a usual one (margin 19, cost 15,
/// roughness 0.2 px, parallax 60 px). Powers, fitted to the motion of two simulated walks at 300
/// and 3 lux, two seeds each, for errors below 5 sigma (docs/maths/depth-maps.md).
double RelativeMatchSigma(const SweepEvidence& evidence);

}  // namespace nightjar
