// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include "calibration/rig.h"

namespace nightjar {

/// A number for each place of a sensor's 2 x 2 tile, row by row; of a monochrome sensor four times
/// the same.
template <typename T>
using PerPlace = std::array<T, 4>;

/// Where in its tile a pixel is.
constexpr size_t PlaceOf(int x, int y) { return static_cast<size_t>((x & 1) + 2 * (y & 1)); }

/// What the samples of a RAW frame mean: x = (DN - black) / (white - black) of the pixel's place,
/// var(x) = scale * x + offset.
struct RawSamples {
  ColourFilter colour_filter = ColourFilter::kNone;
  PerPlace<double> black = {};  // DN
  double white = 65535;         // DN, above all of black
  PerPlace<NoiseProfile::Channel> noise = {};

  /// Pixels from one to the next of its colour, in x and in y.
  int step() const { return colour_filter == ColourFilter::kNone ? 1 : 2; }
  /// x of a difference of one DN.
  double per_dn(size_t place) const { return 1 / (white - black[place]); }
  double x(size_t place, double dn) const { return (dn - black[place]) * per_dn(place); }
  /// Variance of one sample at light x, DN^2.
  double variance_dn2(size_t place, double x) const {
    const double range = white - black[place];
    return (noise[place].scale * (x > 0 ? x : 0) + noise[place].offset) * range * range;
  }
};

/// The colours of the tile's places: 0 red, 1 green, 2 blue; of a monochrome sensor all 1.
constexpr PerPlace<int> TileColours(ColourFilter filter) {
  switch (filter) {
    case ColourFilter::kRggb: return {0, 1, 1, 2};
    case ColourFilter::kBggr: return {2, 1, 1, 0};
    case ColourFilter::kGrbg: return {1, 0, 2, 1};
    case ColourFilter::kGbrg: return {1, 2, 0, 1};
    case ColourFilter::kNone: break;
  }
  return {1, 1, 1, 1};
}

}  // namespace nightjar
