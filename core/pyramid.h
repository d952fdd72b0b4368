// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>

#include "core/image.h"

namespace nightjar {

/// One level of a tracking pyramid. Pixel (x, y) of level k lies at (x, y) * 2^k of level 0.
struct PyramidLevel {
  /// Conditioned intensity, 0 (black level) .. kPyramidWhite (white level); slightly smoothed.
  Image<int16_t> intensity;
  /// Plane 0: d intensity / dx, plane 1: d intensity / dy, per pixel *of this level*.
  PlanarImage<int16_t> gradient;
};

inline constexpr int kPyramidLevels = 4;
inline constexpr int kPyramidWhite = 16383;  // 14 bits: gradients and their sums stay inside int16

/// What tracking needs of a frame, finest level first.
struct TrackingPyramid {
  std::array<PyramidLevel, kPyramidLevels> levels;
};

}  // namespace nightjar
