// SPDX-License-Identifier: Apache-2.0
#include "isp/replaced_pixels.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "isp/linear_frame.h"

namespace nightjar {
namespace {

/// Where hardly any noise was taken the neighbours' disagreement counts, not the sample that is
/// missing.
constexpr double kMostOwn = 0.5;
/// What a pixel differs from its neighbours by beyond what is left of their noise. Fitted on images
/// of dead leaves at 30 .. 1000 electrons full scale.
constexpr double kStructure = 1.3, kNoise = 0.8;

/// Mean squared difference of the pixel from the means of opposite neighbours.
double Disagreement(const Image<uint16_t>& linear, const PixelPosition& pixel, int step) {
  const auto is_inside = [&](int x, int y) {
    return x >= 0 && y >= 0 && x < linear.width() && y < linear.height();
  };
  const double here = FromLinear(linear(pixel.x, pixel.y));
  double sum = 0;
  int pairs = 0;
  for (const auto& [dx, dy] : {std::pair(step, 0), {0, step}, {step, step}, {step, -step}}) {
    if (!is_inside(pixel.x - dx, pixel.y - dy) || !is_inside(pixel.x + dx, pixel.y + dy)) continue;
    const double mean = (FromLinear(linear(pixel.x - dx, pixel.y - dy)) +
                         FromLinear(linear(pixel.x + dx, pixel.y + dy))) /
                        2;
    sum += (mean - here) * (mean - here);
    ++pairs;
  }
  return pairs == 0 ? 0 : sum / pairs;
}

}  // namespace

void RaiseSigmaOfReplaced(const std::vector<PixelPosition>& replaced, const Image<uint16_t>& linear,
                          const PerPlace<NoiseProfile::Channel>& noise, int step,
                          Image<float>& sigma) {
  for (const PixelPosition& pixel : replaced) {
    const NoiseProfile::Channel& channel = noise[PlaceOf(pixel.x, pixel.y)];
    const double light = std::max(0.0, FromLinear(linear(pixel.x, pixel.y)));
    const double variance = std::pow(static_cast<double>(sigma(pixel.x, pixel.y)), 2);
    const double own = std::min(variance / (channel.scale * light + channel.offset), kMostOwn);
    const double structure =
        std::max(0.0, kStructure * Disagreement(linear, pixel, step) - kNoise * variance);
    sigma(pixel.x, pixel.y) = static_cast<float>(std::sqrt(variance / (1 - own) + structure));
  }
}

}  // namespace nightjar
