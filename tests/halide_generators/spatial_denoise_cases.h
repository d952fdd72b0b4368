// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "core/image.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {

/// What the kernels of spatial denoising are tried on.

// Linear frames.
inline constexpr float kBlack = 4096, kPerDn = 1 / 57344.F;

struct Noise {
  float S, O;
};
// A sensor in the dark, one in the light, one without shot noise, one with hardly anything else.
inline constexpr Noise kNoises[] = {{1.6e-3F, 1.6e-5F}, {1e-4F, 6e-8F}, {0, 1e-4F}, {1e-2F, 1e-7F}};
inline constexpr std::pair<int, int> kSizes[] = {{16, 16},  {17, 19},  {33, 65},
                                                 {128, 16}, {129, 31}, {301, 40}};

/// What kernels write; filled with what they never write.
struct Output {
  Output(int width, int height) : value(width, height), sigma(width, height) {
    value.fill(0);
    sigma.fill(-1);
  }
  Image<uint16_t> value;
  Image<float> sigma;
};

/// Of the noise of each block of 4 x 4 pixels: an eighth to all of it.
inline Image<float> Remaining(int width, int height) {
  TestRandom random(5);
  Image<float> remaining((width + 3) / 4, (height + 3) / 4);
  for (float& share : remaining) share = static_cast<float>(random.Uniform(0.125, 1));
  return remaining;
}

/// Waves and an edge under noise, below black and above white in places.
inline Image<uint16_t> Scene(int width, int height, const Noise& noise) {
  const WaveTexture texture(5, 4, 40);
  TestRandom random(11);
  Image<uint16_t> image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double light = std::max(0.0, 0.1 + 0.1 * texture(x, y) + (x > 20 ? 0.3 : 0.0));
      const double sigma =
          std::sqrt(static_cast<double>(noise.S) * light + static_cast<double>(noise.O));
      image(x, y) = static_cast<uint16_t>(
          std::clamp(4096 + 57344 * (light + sigma * random.Normal()), 0.0, 65535.0));
    }
  }
  image(width / 2, height / 2) = 65535;
  image(width / 3, height / 2) = 0;
  return image;
}

}  // namespace nightjar
