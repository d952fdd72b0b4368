// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "calibration/estimate/allan_fit.h"
#include "calibration/estimate/still_imu.h"
#include "calibration/rig.h"
#include "core/imu_sample.h"
#include "core/result.h"

namespace nightjar {

/// One parameter with its 1 sigma, or, where the log is too short to tell it from zero (its square
/// is below 3 sigma), what it is below with 95 % confidence.
struct NoiseEstimate {
  double value = 0;  // 0: not known
  double sigma = 0;
  double limit = 0;  // where not known

  bool IsKnown() const { return value > 0; }
};

/// The noise of one axis, or of a sensor whose three axes are taken together.
struct AxisNoise {
  NoiseEstimate density;      // N: rad/s/sqrt(Hz) or m/s^2/sqrt(Hz)
  NoiseEstimate random_walk;  // K: rad/s^2/sqrt(Hz) or m/s^3/sqrt(Hz)
  /// B: rad/s or m/s^2; only where the curve asks for it.
  std::optional<NoiseEstimate> bias_instability;
  double drift_per_s = 0;  // a straight drift that no random walk explains and that was removed
  AllanCurve curve;
  AllanFit fit;
};

struct SensorNoise {
  std::array<AxisNoise, 3> axes;  // x y z
  /// Of the mean of the three curves: parameters are root mean squares over the axes.
  AxisNoise combined;
};

struct ImuNoiseCalibration {
  SensorNoise gyro, accelerometer;
  double rate_hz = 0;
  double duration_s = 0;
  int64_t samples = 0;
  int64_t bridged = 0;  // of them, missing ones that were bridged
  int64_t pieces = 1;
  std::vector<std::string> notes;  // sentences: what does not fit the model

  ImuNoise Noise() const;   // combined; 0 where not known
  ImuNoise Sigmas() const;  // idem
};

/// Calibrates the noise of an IMU that lay still: docs/maths/allan-variance.md. Errors: those of
/// MakeEven and CheckStill (still_imu.h).
Result<ImuNoiseCalibration> CalibrateImuNoise(const std::vector<ImuSample>& samples);

}  // namespace nightjar
