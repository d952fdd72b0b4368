// SPDX-License-Identifier: Apache-2.0
#include "isp/patch_noise.h"

#include <algorithm>
#include <cmath>

#include "isp/noise_correlation.h"
#include "isp/patch.h"

namespace nightjar {
namespace {

/// Correlation of noise at neighbouring pixels of a level: that of level 0 and, within 0.02, of all
/// others.
constexpr double kNeighbours[2] = {0.6667, 0.52};
/// Noise that is independent pixel by pixel would be this many in a patch: squares of what patch
/// pixels share (CovarianceShape) in two dimensions.
constexpr double kIndependent = kPatchPixels / (2.16 * 2.16);
/// Of noise's variance, what the patch's mean takes with it, on the same levels.
constexpr double kOfMean[2] = {0.055, 0.037};
/// What interpolation leaves along one axis, on average over all places between pixels.
constexpr double kLeftBetweenPixels[2] = {0.8889, 0.84};
/// As many standard deviations of what noise alone correlates by are needed to be seen beside it.
constexpr double kBesideNoise = 2;

/// What interpolation between two pixels leaves of the variance.
double LeftByInterpolation(float position, double neighbours) {
  const double part = static_cast<double>(position) - std::floor(static_cast<double>(position));
  return 1 - 2 * part * (1 - part) * (1 - neighbours);
}

}  // namespace

double LeftByBlur(int level, const Eigen::Vector2f& blur) {
  const int taps = BlurTaps(blur);
  double sum = taps;
  for (int apart = 1; apart < taps; ++apart) {
    const Eigen::Vector2f distance = (blur * static_cast<float>(apart) / static_cast<float>(taps));
    sum += 2 * (taps - apart) * NoiseCorrelation(level, distance.x()) *
           NoiseCorrelation(level, distance.y());
  }
  return sum / (static_cast<double>(taps) * taps);
}

double PatchNoise(const IntensityNoise& noise, int level, const Eigen::Vector2f& position,
                  float mean, const Eigen::Vector2f& blur) {
  if (!noise.is_known()) return 0;
  const int kind = level == 0 ? 0 : 1;
  const double variance = noise.Variance(level, static_cast<double>(mean));
  // Along a blur the taps lie anywhere between pixels.
  const auto along = [&](float at, float moved) {
    return std::abs(moved) < 1 ? LeftByInterpolation(at, kNeighbours[kind])
                               : kLeftBetweenPixels[kind];
  };
  const double left =
      LeftByBlur(level, blur) * along(position.x(), blur.x()) * along(position.y(), blur.y());
  // What a patch and its blur are long averages over, its mean does not have.
  const double of_mean =
      kOfMean[kind] * kPatchSide / (kPatchSide + static_cast<double>(blur.norm()));
  return variance * std::max(left - of_mean, 0.05 * left);
}

double TextureShare(float contrast, double variance) {
  const double squared = static_cast<double>(contrast) * static_cast<double>(contrast);
  return squared > variance ? 1 - variance / squared : 0;
}

double CorrelationOfTexture(double measured, double expected) {
  if (expected >= 1) return measured;
  const double of_noise = 1 / std::sqrt(kIndependent);
  if (measured < kBesideNoise * of_noise) return measured;
  const double scatter = (1 - expected * expected) * of_noise;
  return std::min(1.0, (measured + scatter) / std::max(expected, 1e-3));
}

}  // namespace nightjar
