// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/image.h"
#include "isp/raw_samples.h"

namespace nightjar {

/// Raises the sigma of pixels that were replaced (RawFrontFrame::replaced): of what they saw
/// nothing is known but what their neighbours show. With the share w of its own sample in a
/// denoised pixel, which is that of the noise that is left, one without a sample has
///     sigma^2 / (1 - w) + max(0, 1.3 mean((m - x)^2) - 0.8 sigma^2),
/// m the means of the four pairs of opposite pixels of its colour around it: what they disagree
/// about is structure that the pixel may have had its own of.
///
/// `linear`: the denoised frame, 16-bit linear values; `noise`: of its samples before; `step`: px
/// to the next of a colour; `sigma`: of x, changed in place. Pixels at the rim, where a pair has
/// only one end, have the others.
void RaiseSigmaOfReplaced(const std::vector<PixelPosition>& replaced, const Image<uint16_t>& linear,
                          const PerPlace<NoiseProfile::Channel>& noise, int step,
                          Image<float>& sigma);

}  // namespace nightjar
