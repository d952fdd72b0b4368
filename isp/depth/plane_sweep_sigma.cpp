// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/plane_sweep_sigma.h"

#include <algorithm>
#include <cmath>

#include "core/portable_math.h"

namespace nightjar {

double LevelRoughness(const Image<float>& level, int x, int y) {
  constexpr int kReach = 2;
  constexpr float kMost = 4;
  float sum = 0;
  for (int v = y - kReach; v <= y + kReach; ++v) {
    for (int u = x - kReach; u <= x + kReach; ++u) {
      const float apart =
          level(std::clamp(u, 0, level.width() - 1), std::clamp(v, 0, level.height() - 1)) -
          level(x, y);
      sum += std::min(apart * apart, kMost * kMost);
    }
  }
  constexpr float kPixels = (2 * kReach + 1) * (2 * kReach + 1);
  return std::sqrt(double{sum} / kPixels);
}

double RelativeMatchSigma(const SweepEvidence& evidence) {
  const auto log = [](double value, double usual) { return portable::Log(value / usual); };
  return portable::Exp(log(evidence.roughness_px + 0.05, 0.25) -
                       0.475 * log(evidence.margin + 1, 20) - 0.41 * log(evidence.cost + 5, 20) +
                       0.38 * log(evidence.parallax_px, 60));
}

}  // namespace nightjar
