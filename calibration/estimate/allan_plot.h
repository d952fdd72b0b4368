// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "calibration/estimate/imu_noise_calibration.h"

namespace nightjar {

/// An Allan plot as SVG: for gyro and accelerometer the measured deviation of each axis with its
/// 68 % confidence, and the fitted model of the three together. Logarithmic axes; averaging time in
/// s, deviation in rad/s and m/s^2.
std::string AllanPlotSvg(const ImuNoiseCalibration& calibration);

}  // namespace nightjar
