// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>

#include "core/pyramid.h"

namespace nightjar {

/// `image` with its edges repeated.
template <typename Buffer>
int64_t AtEdge(const Buffer& image, int x, int y) {
  return image(std::clamp(x, 0, image.width() - 1), std::clamp(y, 0, image.height() - 1));
}

/// floor(value / 2^shift + 1/2) for any sign.
inline int64_t RoundShift(int64_t value, int shift) {
  return (value + (int64_t{1} << (shift - 1))) >> shift;
}

/// The tracking pyramid written as its definition reads, without a thought for speed.
template <typename T>
TrackingPyramid ReferencePyramid(const Image<T>& dn, int black, int white) {
  TrackingPyramid pyramid;
  int width = dn.width(), height = dn.height();
  for (int k = 0; k < kPyramidLevels; ++k) {
    PyramidLevel& level = pyramid.levels[k];
    level.intensity = Image<int16_t>(width, height);
    level.gradient = PlanarImage<int16_t>(width, height, 2);
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        int64_t sum = 0;
        if (k == 0) {
          constexpr int kBinomial[3] = {1, 2, 1};
          for (int v = -1; v <= 1; ++v) {
            for (int u = -1; u <= 1; ++u)
              sum += kBinomial[u + 1] * kBinomial[v + 1] * AtEdge(dn, x + u, y + v);
          }
          const int unit = sizeof(T) == 1 ? 16 : 1;
          const int64_t smooth = sizeof(T) == 1 ? sum : RoundShift(sum, 4);
          const int64_t range = int64_t{white - black} * unit;
          const int64_t above = std::clamp<int64_t>(smooth - int64_t{black} * unit, 0, range);
          const int64_t scale = ((int64_t{kPyramidWhite} << 16) + range / 2) / range;
          level.intensity(x, y) =
              static_cast<int16_t>(std::min<int64_t>(RoundShift(above * scale, 16), kPyramidWhite));
        } else {
          constexpr int kFive[5] = {1, 4, 6, 4, 1};
          for (int v = -2; v <= 2; ++v) {
            for (int u = -2; u <= 2; ++u) {
              sum += kFive[u + 2] * kFive[v + 2] *
                     AtEdge(pyramid.levels[k - 1].intensity, 2 * x + u, 2 * y + v);
            }
          }
          level.intensity(x, y) = static_cast<int16_t>(RoundShift(sum, 8));
        }
      }
    }
    constexpr int kScharr[3] = {3, 10, 3};
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        int64_t gx = 0, gy = 0;
        for (int i = -1; i <= 1; ++i) {
          gx += kScharr[i + 1] *
                (AtEdge(level.intensity, x + 1, y + i) - AtEdge(level.intensity, x - 1, y + i));
          gy += kScharr[i + 1] *
                (AtEdge(level.intensity, x + i, y + 1) - AtEdge(level.intensity, x + i, y - 1));
        }
        level.gradient(x, y, 0) = static_cast<int16_t>(RoundShift(gx, 5));
        level.gradient(x, y, 1) = static_cast<int16_t>(RoundShift(gy, 5));
      }
    }
    width = (width + 1) / 2;
    height = (height + 1) / 2;
  }
  return pyramid;
}

}  // namespace nightjar
