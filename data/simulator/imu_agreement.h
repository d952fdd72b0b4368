// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/imu_sample.h"
#include "core/motion_spline.h"
#include "core/result.h"

namespace nightjar {

/// How well inertial samples and a motion go together, as means over 0.1 s, in which vibration and
/// noise of single samples are gone. All are RMS.
struct ImuAgreement {
  double gyro_apart = 0;    // rad/s: measured less the motion's, without their mean, the bias
  double gyro_signal = 0;   // rad/s: of either about its mean, the two taken together
  double force_apart = 0;   // m/s^2: of the length of the specific force, less the motion's
  double force_signal = 0;  // m/s^2: of either length about its mean, the two taken together

  /// kUnusableInput "turns otherwise ..." or "feels another force ..." with the figures for samples
  /// that are clearly of another motion, clock, unit or axes: apart by more than 0.7 of the signal
  /// (two motions that know nothing of each other are by sqrt(2) of it) and by more than a poor IMU
  /// errs, 0.15 rad/s or 2 m/s^2. What hardly moves goes with anything that hardly moves.
  Status Check() const;
};

/// `zero`: the sensor time of the motion's 0. Samples in time order, all within the motion; fewer
/// than 0.2 s of them say nothing: all figures 0.
ImuAgreement CompareImu(const MotionSpline& T_world_body, SensorTime zero,
                        const std::vector<ImuSample>& samples);

}  // namespace nightjar
