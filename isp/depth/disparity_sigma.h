// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image.h"
#include "isp/depth/semi_global_aggregation.h"

namespace nightjar {

/// Expected RMS error of each disparity, px; +inf where there is none. Three things tell it:
///
///   sigma = f(margin) g(cost) h(roughness)
///
/// the margin by which the best level won, its cost, and by how much the disparities of the 5 x 5
/// px around differ from the pixel's (each at most 2 px; an unknown one counts as 1 px). f, g and h
/// are powers, f one of three pieces, fitted to rooms that were simulated at 300 and 3 lux, for
/// errors below 3 px (docs/maths/dense-stereo.md). The noise of the pictures is in the margin: what
/// is uncertain wins by little.
Image<float> FindDisparitySigma(const Image<float>& disparity_px, const LevelMap& levels);

}  // namespace nightjar
