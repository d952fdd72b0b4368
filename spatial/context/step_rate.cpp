// SPDX-License-Identifier: Apache-2.0
#include "spatial/context/step_rate.h"

#include <algorithm>
#include <numbers>

#include "core/portable_math.h"

namespace nightjar {
namespace {

constexpr double kTwoPi = 2 * std::numbers::pi;
constexpr double kSmallestRms_m_s = 0.03;  // of a bounce: 3 mm at 2 Hz

}  // namespace

StepRateFinder::StepRateFinder() {
  double sum = 0;
  for (int n = 0; n < kSamples; ++n) {
    window_[static_cast<size_t>(n)] = 0.5 - 0.5 * portable::Cos(kTwoPi * (n + 0.5) / kSamples);
    sum += window_[static_cast<size_t>(n)];
  }
  for (double& weight : window_) weight /= sum;
  for (int f = 0; f < kFrequencies; ++f) {
    for (int n = 0; n < kSamples; ++n) {
      const double phase =
          kTwoPi * (kFirst_hz + kStep_hz * f) * kPeriod_s * (n - 0.5 * (kSamples - 1));
      cosine_[static_cast<size_t>(f)][static_cast<size_t>(n)] = portable::Cos(phase);
      sine_[static_cast<size_t>(f)][static_cast<size_t>(n)] = portable::Sin(phase);
    }
  }
}

// Amplitude A = 2 sum(w x exp(-i phase)): the sine has the variance |A|^2 / 2.
double StepRateFinder::ShareOf(const std::array<double, kSamples>& signal, int frequency,
                               double power) const {
  double re = 0, im = 0;
  for (size_t n = 0; n < kSamples; ++n) {
    re += window_[n] * signal[n] * cosine_[static_cast<size_t>(frequency)][n];
    im += window_[n] * signal[n] * sine_[static_cast<size_t>(frequency)][n];
  }
  return 2 * (re * re + im * im) / power;
}

std::optional<StepRate> StepRateFinder::Find(
    const std::array<double, kSamples>& velocity_m_s) const {
  double mean = 0, power = 0;
  for (size_t n = 0; n < kSamples; ++n) mean += window_[n] * velocity_m_s[n];
  std::array<double, kSamples> signal;
  for (size_t n = 0; n < kSamples; ++n) {
    signal[n] = velocity_m_s[n] - mean;
    power += window_[n] * signal[n] * signal[n];
  }
  if (!(power > kSmallestRms_m_s * kSmallestRms_m_s)) return std::nullopt;
  std::array<double, kFrequencies> share;
  for (int f = 0; f < kFrequencies; ++f) share[static_cast<size_t>(f)] = ShareOf(signal, f, power);
  const auto peak = std::max_element(share.begin(), share.end());
  StepRate rate{kFirst_hz + kStep_hz * static_cast<double>(peak - share.begin()),
                std::min(*peak, 1.0)};
  if (peak != share.begin() && peak + 1 != share.end()) {
    const double curvature = *(peak - 1) - 2 * *peak + *(peak + 1);
    if (curvature < 0) rate.hz += kStep_hz * 0.5 * (*(peak - 1) - *(peak + 1)) / curvature;
  }
  return rate;
}

}  // namespace nightjar
