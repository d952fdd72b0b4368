// SPDX-License-Identifier: Apache-2.0
#include "isp/linear_pyramid.h"

#include <cmath>

#include "isp/linear_frame.h"

namespace nightjar {

LevelOptions LinearLevels(double brightness) {
  constexpr int kHighest = 65535;
  const int black = static_cast<int>(std::lround(kLinearPedestal * (1 - 1 / brightness)));
  const int range = static_cast<int>(std::lround(kHighest / brightness));
  return {black, black + range};
}

PyramidNoise LinearPyramidNoise(const NoiseProfile::Channel& noise, double reference_share,
                                double other_share, double brightness) {
  const LevelOptions levels = LinearLevels(brightness);
  const auto intensity = [&](double x) {
    return (ToLinear(x) - levels.black) * kPyramidWhite / (*levels.white - levels.black);
  };
  return {noise.scale, noise.offset, reference_share, other_share, intensity(0), intensity(1)};
}

double MeanShare(const Image<float>& remaining) {
  double sum = 0;
  for (int y = 0; y < remaining.height(); ++y) {
    for (int x = 0; x < remaining.width(); ++x) sum += static_cast<double>(remaining(x, y));
  }
  return sum / static_cast<double>(remaining.number_of_elements());
}

}  // namespace nightjar
