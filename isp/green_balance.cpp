// SPDX-License-Identifier: Apache-2.0
#include "isp/green_balance.h"

#include <algorithm>
#include <cmath>

namespace nightjar {
namespace {

constexpr double kClip = 3;              // sigma of one difference, beyond the largest ratio
constexpr double kLeastSigma = 4;        // of the sum of all
constexpr double kMostRatio = 1.25;      // and its inverse
constexpr double kSaturatedLight = 0.9;  // x from which on one of the greens may be clipped

}  // namespace

double MeasureGreenRatio(const Image<uint16_t>& raw, const RawSamples& samples) {
  if (samples.colour_filter == ColourFilter::kNone) return 1;
  const PerPlace<int> colours = TileColours(samples.colour_filter);
  // The green beside red, and the one beside blue.
  size_t with_red = colours[0] == 1 ? 0 : 1;
  if (colours[with_red ^ 1] == 2) with_red = 3 - with_red;
  const size_t with_blue = 3 - with_red;
  double differences = 0, light = 0, variance = 0;
  for (int y = 0; y + 1 < raw.height(); y += 2) {
    const uint16_t* const red_row =
        &raw(static_cast<int>(with_red % 2), y + static_cast<int>(with_red / 2));
    const uint16_t* const blue_row =
        &raw(static_cast<int>(with_blue % 2), y + static_cast<int>(with_blue / 2));
    for (int x = 0; x + 1 < raw.width(); x += 2) {
      const double a = samples.x(with_red, red_row[x]), b = samples.x(with_blue, blue_row[x]);
      if (std::max(a, b) > kSaturatedLight) continue;
      const double mean = std::max(0.0, (a + b) / 2);
      const double one = (samples.noise[with_red].scale + samples.noise[with_blue].scale) * mean +
                         samples.noise[with_red].offset + samples.noise[with_blue].offset;
      const double limit = kClip * std::sqrt(one) + (kMostRatio - 1) * mean;
      differences += std::clamp(a - b, -limit, limit);
      light += (a + b) / 2;
      variance += one;
    }
  }
  if (std::abs(differences) <= kLeastSigma * std::sqrt(variance) || light <= 0) return 1;
  const double half = differences / (2 * light);  // a = mean + half mean
  const double ratio = (1 + half) / (1 - half);
  return ratio > 1 / kMostRatio && ratio < kMostRatio ? ratio : 1;
}

}  // namespace nightjar
