// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/image.h"
#include "isp/raw_samples.h"

namespace nightjar {

/// How much brighter the greens in the rows of red are than those in the rows of blue, as a ratio:
/// crosstalk makes it differ from 1 by some percent, and demosaicing would make a maze of it. From
/// the differences within the tiles, each clipped at a quarter of the light and 3 sigma, so that
/// edges count little. 1 for a monochrome sensor, where it is within 4 sigma of 1, and where it is
/// so large (0.8 .. 1.25 is taken) that it must be something else.
double MeasureGreenRatio(const Image<uint16_t>& raw, const RawSamples& samples);

}  // namespace nightjar
