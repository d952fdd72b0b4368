// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>

namespace nightjar {

/// The frequency that explains most of a signal, and what share of its variance.
struct StepRate {
  double hz = 0;
  double share = 0;  // 0 .. 1
};

/// Looks for steps in 64 samples of vertical velocity, 40 ms apart: least squares of a sine with a
/// Hann window over 1.2 .. 3 Hz, the peak refined by a parabola. Nothing where it does not bounce.
class StepRateFinder {
 public:
  static constexpr int kSamples = 64;
  static constexpr double kPeriod_s = 0.04;

  StepRateFinder();
  std::optional<StepRate> Find(const std::array<double, kSamples>& velocity_m_s) const;

 private:
  static constexpr int kFrequencies = 37;
  static constexpr double kFirst_hz = 1.2, kStep_hz = 0.05;

  double ShareOf(const std::array<double, kSamples>& signal, int frequency, double power) const;

  std::array<double, kSamples> window_;
  std::array<std::array<double, kSamples>, kFrequencies> cosine_, sine_;
};

}  // namespace nightjar
