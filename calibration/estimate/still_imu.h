// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "calibration/estimate/allan_variance.h"
#include "core/imu_sample.h"
#include "core/result.h"

namespace nightjar {

/// The six axes of an IMU: gyro x y z (rad/s), accelerometer x y z (m/s^2).
inline constexpr size_t kImuAxes = 6;

inline double ValueOf(const ImuSample& sample, size_t axis) {
  const auto k = static_cast<Eigen::Index>(axis % 3);
  return axis < 3 ? sample.angular_velocity_body[k] : sample.specific_force_body[k];
}

/// Inertial samples of one IMU at equal intervals.
struct EvenImu {
  std::array<EvenSamples, kImuAxes> axes;
  int64_t bridged = 0;  // samples that were missing and have the mean of those before them
};

/// Puts samples, times rising, into pieces of equal intervals. Up to a second without samples is
/// bridged; a longer gap begins another piece. kUnusableInput: times do not rise, a value is not
/// finite, less than 10 s or 1000 samples, more than 1 % of the samples are missing, an axis that
/// shows one value only.
Result<EvenImu> MakeEven(const std::vector<ImuSample>& samples);

/// kUnusableInput with where (seconds from the first sample) the IMU was moved, and the longest
/// quiet stretch. Looks at windows of a second, or of 100 samples where that is longer: moved is
/// where the spread of an axis is more than 2.5 times that of its quietest windows, or its mean
/// leaps.
Status CheckStill(const EvenImu& imu);

}  // namespace nightjar
