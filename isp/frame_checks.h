// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/rig.h"
#include "core/image.h"
#include "core/result.h"

namespace nightjar {

/// Smallest width and height of a frame that is denoised, px.
inline constexpr int kSmallestFrame = 16;

/// kUsage unless 0 <= scale <= 1000 and 0 < offset <= 1000: more than white itself is no noise.
Status CheckNoise(const NoiseProfile::Channel& noise);

/// kUnusableInput when a side is shorter than 16 px or pixels of a row are not adjacent.
Status CheckFrame(const Image<uint16_t>& image);

/// Memory for an image of this size; what is there is used again when it fits.
template <typename T>
void Fit(int width, int height, Image<T>& image) {
  if (image.data() == nullptr || image.width() != width || image.height() != height)
    image = Image<T>(width, height);
}

}  // namespace nightjar
