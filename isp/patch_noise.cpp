// SPDX-License-Identifier: Apache-2.0
#include "isp/patch_noise.h"

#include <algorithm>
#include <cmath>

#include "isp/patch.h"

namespace nightjar {
namespace {

/// Correlation of noise at neighbouring pixels of a level: that of level 0 and, within 0.02, of all
/// others.
constexpr double kNeighbours[2] = {0.6667, 0.52};
/// Noise that is independent pixel by pixel would be this many in a patch: squares of what patch
/// pixels share (CovarianceShape) in two dimensions.
constexpr double kIndependent = kPatchPixels / (2.16 * 2.16);
/// Of noise's variance, what the patch's mean does not take with it, on the same levels.
constexpr double kBesideMean[2] = {0.945, 0.963};

/// What interpolation between two pixels leaves of the variance.
double LeftByInterpolation(float position, double neighbours) {
  const double part = static_cast<double>(position) - std::floor(static_cast<double>(position));
  return 1 - 2 * part * (1 - part) * (1 - neighbours);
}

}  // namespace

double PatchNoise(const IntensityNoise& noise, int level, float x, float y, float mean) {
  if (!noise.is_known()) return 0;
  const int kind = level == 0 ? 0 : 1;
  const double neighbours = kNeighbours[kind];
  return kBesideMean[kind] * noise.Variance(level, static_cast<double>(mean)) *
         LeftByInterpolation(x, neighbours) * LeftByInterpolation(y, neighbours);
}

double TextureShare(float contrast, double variance) {
  const double squared = static_cast<double>(contrast) * static_cast<double>(contrast);
  return squared > variance ? 1 - variance / squared : 0;
}

double CorrelationOfTexture(double measured, double expected) {
  if (expected >= 1) return measured;
  const double scatter = (1 - expected * expected) / std::sqrt(kIndependent);
  return std::min(1.0, (measured + scatter) / std::max(expected, 1e-3));
}

}  // namespace nightjar
