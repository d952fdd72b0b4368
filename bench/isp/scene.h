// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <cstdint>

#include "core/image.h"

namespace nightjar {

/// 752 x 480 of smooth texture with corners everywhere and some noise, moved by (dx, dy).
template <typename T>
Image<T> BenchmarkScene(double dx, double dy, uint32_t seed) {
  Image<T> image(752, 480);
  const double full = sizeof(T) == 1 ? 255 : 65535;
  image.for_each_element([&](int x, int y) {
    const double u = x - dx, v = y - dy;
    const double wave = std::sin(0.31 * u + 0.11 * v) + std::sin(0.07 * u - 0.29 * v) +
                        std::sin(0.023 * u + 0.041 * v) + std::sin(0.17 * u + 0.19 * v);
    seed = seed * 1664525U + 1013904223U;
    const double noise = (seed >> 8) * 0x1p-24 - 0.5;
    image(x, y) = static_cast<T>(full * (0.5 + 0.1 * wave + 0.02 * noise));
  });
  return image;
}

}  // namespace nightjar
