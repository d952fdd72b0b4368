// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

#include "core/image.h"
#include "isp/raw_samples.h"
#include "isp/spatial_denoiser.h"

namespace nightjar {

/// What makes a luminance Y of the four samples of a tile, by place: the sum over the places of
/// weight * min(gain x, 1).
struct TileLuminance {
  PerPlace<double> weight = {0.25, 0.25, 0.25, 0.25};
  PerPlace<double> gain = {1, 1, 1, 1};
  /// How much the variance at each place counts for that of a pixel's Y: without colours a pixel is
  /// a Y by itself, and the places are four of them.
  PerPlace<double> noise = {0.25, 0.25, 0.25, 0.25};
};

/// Red, green and blue balanced by `white_balance` and mixed to sRGB by `matrix` (row by row), to
/// its luminance.
TileLuminance LuminanceOf(ColourFilter filter, const std::array<double, 3>& white_balance,
                          const std::array<double, 9>& matrix);

/// Pixels from node to node.
inline constexpr int kLightBlock = 16;

/// The light around each pixel of a linear frame, for local tone and sharpening: planes a, b and n
/// of nodes at pixels 16 i - 8.5, 16 j - 8.5, to be interpolated between. V = (a Y^1/4 + b)^4 is
/// the guided filter of the fourth root of Y by itself (He, Sun, Tang, "Guided image filtering",
/// PAMI 2013; at low resolution: He, Sun, "Fast guided filter", 2015) over 80 px, blind to
/// contrasts far below 30 % of the light and true to those far above; n is the variance of Y that
/// sigma says, each place of the tile by itself. Y = 0 .. 1, after `vignetting`
/// (isp/picture_finisher.h). Without sigma, n is 0.
PlanarImage<float> LocalLight(const DenoisedFrame& frame, const TileLuminance& luminance,
                              const std::array<double, 3>& vignetting);

}  // namespace nightjar
