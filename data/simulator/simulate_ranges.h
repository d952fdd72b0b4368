// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/result.h"

namespace nightjar {

/// What a numeric option of `nightjar simulate` may be, in the unit of the command line: the
/// checks,
/// --help and (by a test) docs/formats/simulate.md say the same. Neither infinite nor NaN.
struct SimulateRange {
  const char* option;
  double low, high;

  /// "LOW to HIGH".
  std::string Text() const;
  /// kUsage "OPTION must be LOW to HIGH" for a value outside, then `but`.
  Status Check(double value, const std::string& but = {}) const;
};

namespace simulate_range {

inline constexpr SimulateRange kSeconds = {"--seconds", 0.1, 86400};
inline constexpr SimulateRange kLux = {"--lux", 0.01, 1e5};  // and 0 with kExposure
inline constexpr SimulateRange kExposure = {"--exposure-us", 1, 50'000};
inline constexpr SimulateRange kGain = {"--gain", 0.05, 10'000};
inline constexpr SimulateRange kFlicker = {"--flicker", 0, 1};
inline constexpr SimulateRange kFlickerHz = {"--flicker-hz", 1, 1000};
inline constexpr SimulateRange kRollingShutter = {"--rolling-shutter-us", 0, 50'000};
inline constexpr SimulateRange kTimeOffset = {"--time-offset-ms", -500, 500};
inline constexpr SimulateRange kMoving = {"--moving", 0, 20};
inline constexpr SimulateRange kPixelNoise = {"--pixel-noise", 0, 20};
inline constexpr SimulateRange kOutliers = {"--outliers", 0, 0.9};
inline constexpr SimulateRange kThresholdOn = {"--event-threshold-on", 0.02, 5};
inline constexpr SimulateRange kThresholdOff = {"--event-threshold-off", 0.02, 5};
inline constexpr SimulateRange kBandwidth = {"--event-bandwidth-hz", 0.1, 1'000'000};
inline constexpr SimulateRange kGamma = {"--gamma", 0.1, 10};
inline constexpr SimulateRange kFloor = {"--floor", 0.0001, 1};
inline constexpr SimulateRange kImuScale = {"--imu-scale-ppm", 0, 100'000};
inline constexpr SimulateRange kImuMisalignment = {"--imu-misalignment-mrad", 0, 100};
inline constexpr SimulateRange kImuNoise = {"--imu-noise", 0.01, 100};

}  // namespace simulate_range
}  // namespace nightjar
