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

/// Variance that each level's smoothing leaves of white noise of 1: squares of the sums of squares
/// of [1 2 1]/4 followed by [1 4 6 4 1]/16 at every, every second and every fourth pixel.
inline constexpr double kNoiseOfPyramidLevel[kPyramidLevels] = {0.140625, 0.0508890, 0.0139465,
                                                                0.0035645};

/// Noise of the image that a pyramid was made of, before all smoothing and in units of intensity:
/// white from pixel to pixel, of variance scale * intensity + offset. Both 0: not known.
struct IntensityNoise {
  double scale = 0;
  double offset = 0;

  bool is_known() const { return scale > 0 || offset > 0; }
  /// On a level, where the mean intensity is `intensity`.
  double Variance(int level, double intensity) const {
    const double of_pixel = scale * (intensity > 0 ? intensity : 0) + offset;
    return kNoiseOfPyramidLevel[level] * of_pixel;
  }
};

/// What tracking needs of a frame, finest level first.
struct TrackingPyramid {
  std::array<PyramidLevel, kPyramidLevels> levels;
  IntensityNoise noise = {};
};

}  // namespace nightjar
