// SPDX-License-Identifier: Apache-2.0
#include "isp/automatic_look.h"

#include <algorithm>
#include <cstdint>
#include <vector>

#include "isp/linear_frame.h"

namespace nightjar {
namespace {

constexpr double kSaturatedLight = 0.9;
constexpr double kMostGain = 8;
constexpr double kMiddleLight = 0.18;  // of the picture; linear
constexpr double kMostExposure = 64;

}  // namespace

std::array<double, 3> GreyWorld(const Image<uint16_t>& linear, ColourFilter filter) {
  if (filter == ColourFilter::kNone) return {1, 1, 1};
  const PerPlace<int> colours = TileColours(filter);
  std::array<double, 3> sums = {0, 0, 0};
  for (int y = 0; y + 1 < linear.height(); y += 2) {
    for (int x = 0; x + 1 < linear.width(); x += 2) {
      PerPlace<double> tile;
      for (size_t place = 0; place < 4; ++place) {
        const int i = static_cast<int>(place);
        tile[place] = FromLinear(linear(x + i % 2, y + i / 2));
      }
      if (*std::max_element(tile.begin(), tile.end()) > kSaturatedLight) continue;
      for (size_t place = 0; place < 4; ++place) {
        const int colour = colours[place];
        sums[static_cast<size_t>(colour)] += tile[place] * (colour == 1 ? 0.5 : 1);
      }
    }
  }
  const double most = *std::max_element(sums.begin(), sums.end());
  if (!(most > 0)) return {1, 1, 1};
  std::array<double, 3> gains;
  for (size_t c = 0; c < 3; ++c) gains[c] = most / std::max(sums[c], most / kMostGain);
  return gains;
}

double AutomaticExposure(const Image<uint16_t>& linear, ColourFilter filter, double green_gain) {
  const PerPlace<int> colours = TileColours(filter);
  std::vector<uint16_t> greens;
  for (int y = 0; y < linear.height(); ++y) {
    for (int x = 0; x < linear.width(); ++x)
      if (colours[PlaceOf(x, y)] == 1) greens.push_back(linear(x, y));
  }
  const auto middle = greens.begin() + static_cast<std::ptrdiff_t>(greens.size() / 2);
  std::nth_element(greens.begin(), middle, greens.end());
  const double light = FromLinear(*middle) * green_gain;
  // The curve shows (e x + x^2) / (1 + e x) of light x at exposure e (isp/tone_curve.h).
  const double wanted = kMiddleLight - light * light;
  const double per_exposure = light * (1 - kMiddleLight);
  if (per_exposure * kMostExposure <= wanted) return kMostExposure;
  return std::max(1.0, wanted / per_exposure);
}

}  // namespace nightjar
