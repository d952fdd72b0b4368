// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image.h"

namespace nightjar {

/// 16-bit linear frames: value = 4096 + 57344 x, where x = (DN - black) / (white - black), not
/// clipped: -0.07 .. 1.07 fit. What lies below black is half of the noise of a dark frame; without
/// it every mean over the frame would be too bright.
inline constexpr int kLinearPedestal = 4096;
inline constexpr int kLinearScale = 57344;

/// What values of 0 and 1 are, in DN.
struct SampleLevels {
  double black = kLinearPedestal;
  double white = kLinearPedestal + kLinearScale;  // above black
};

/// x of a value, and the value nearest to x.
inline double FromLinear(double value) { return (value - kLinearPedestal) / kLinearScale; }
inline double ToLinear(double x) { return kLinearPedestal + kLinearScale * x; }

}  // namespace nightjar
