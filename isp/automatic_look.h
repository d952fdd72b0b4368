// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "core/image.h"
#include "isp/raw_samples.h"

namespace nightjar {

/// Gains of red, green and blue that make the sum over a linear mosaic grey (Buchsbaum, "A spatial
/// processor model for object colour perception", 1980); tiles with a sample above 0.9 do not
/// count. The least gain is 1, so that what is saturated stays white; none is above 8.
std::array<double, 3> GreyWorld(const Image<uint16_t>& linear, ColourFilter filter);

/// The exposure (isp/tone_curve.h) that shows the median of a linear frame, of its green pixels,
/// white-balanced by `green_gain`, as a middle grey (118 of 255). 1 .. 64.
double AutomaticExposure(const Image<uint16_t>& linear, ColourFilter filter, double green_gain);

}  // namespace nightjar
