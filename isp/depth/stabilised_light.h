// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>

#include "calibration/rig.h"

namespace nightjar {

/// Light in which noise of the variance scale x + offset is the same everywhere: the integral of
/// 1 / sqrt(scale x + offset) from black on (Anscombe's idea, Biometrika 1948). It is linear where
/// scale = 0, and a root where offset = 0.
class StabilisedLight {
 public:
  /// 255 steps from black to white, or fewer: such that 1 sigma is kMostSigma steps.
  explicit StabilisedLight(const NoiseProfile::Channel& noise)
      : noise_(noise), sigma_(std::min(kMostSigma, NoiseOf(noise))) {}

  /// 1 sigma of noise in steps of which there are 255 from black to white.
  static double NoiseOf(const NoiseProfile::Channel& noise) {
    return 127.5 * (std::sqrt(noise.scale + noise.offset) + std::sqrt(noise.offset));
  }

  /// Steps of light at x, 0 at black; below it negative, as far as there is noise.
  double Of(double x) const { return sigma_ * Integral(x); }
  /// Steps for a small difference of x.
  double Slope(double x) const {
    return sigma_ / std::sqrt(std::max(noise_.scale * x, -0.75 * noise_.offset) + noise_.offset);
  }
  /// Steps, of the noise before anything is done about it.
  double sigma() const { return sigma_; }

  static constexpr double kMostSigma = 20;

 private:
  // Of scale = 0 too, where the difference of roots is 0 / 0. 0.75: the root's slope, which has no
  // end, stops at twice that of black.
  double Integral(double x) const {
    const double root = std::sqrt(noise_.offset);
    if (noise_.scale * x < -0.75 * noise_.offset) {
      const double end = -0.75 * noise_.offset / noise_.scale;
      return 2 * end / (0.5 * root + root) + (x - end) / (0.5 * root);
    }
    return 2 * x / (std::sqrt(noise_.scale * x + noise_.offset) + root);
  }

  NoiseProfile::Channel noise_;
  double sigma_;
};

}  // namespace nightjar
