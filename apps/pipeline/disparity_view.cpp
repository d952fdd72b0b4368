// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/disparity_view.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "isp/depth/disparity_map.h"

namespace nightjar {
namespace {

using Colour = std::array<double, 3>;

// Even steps of lightness up to the middle and down again, so that no hue looks like an edge.
constexpr std::array<Colour, 7> kColours = {{{38, 30, 92},
                                             {44, 88, 170},
                                             {38, 150, 190},
                                             {98, 196, 136},
                                             {214, 210, 84},
                                             {238, 138, 50},
                                             {188, 44, 42}}};
constexpr uint8_t kUnknown = 40;

Colour ColourOf(double share) {
  const double place = std::clamp(share, 0.0, 1.0) * (kColours.size() - 1);
  const size_t from = std::min(static_cast<size_t>(place), kColours.size() - 2);
  const double weight = place - static_cast<double>(from);
  Colour colour;
  for (size_t c = 0; c < 3; ++c)
    colour[c] = (1 - weight) * kColours[from][c] + weight * kColours[from + 1][c];
  return colour;
}

}  // namespace

PlanarImage<uint8_t> ViewDisparity(const Image<float>& disparity_px) {
  const int width = disparity_px.width(), height = disparity_px.height();
  std::vector<float> known;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (IsKnown(disparity_px(x, y))) known.push_back(disparity_px(x, y));
    }
  }
  std::ranges::sort(known);
  const double far = known.empty() ? 0 : known[known.size() / 100];
  const double near = known.empty() ? 1 : known[known.size() - 1 - known.size() / 100];
  PlanarImage<uint8_t> view(width, height, 3);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const float disparity = disparity_px(x, y);
      const Colour colour =
          ColourOf((static_cast<double>(disparity) - far) / std::max(near - far, 1e-6));
      for (int c = 0; c < 3; ++c)
        view(x, y, c) = IsKnown(disparity) ? static_cast<uint8_t>(std::lrint(colour[c])) : kUnknown;
    }
  }
  return view;
}

}  // namespace nightjar
