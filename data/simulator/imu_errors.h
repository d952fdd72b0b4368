// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>

#include "core/result.h"
#include "data/simulator/imu_model.h"

namespace nightjar {

/// How far the simulated IMU is from its calibration and its datasheet. The body's axes are the
/// accelerometer's, made orthogonal: y may lean towards x, z towards both (a lower triangular
/// matrix); the gyro may lean in all six ways, a turn against the accelerometer included.
struct ImuErrorOptions {
  double scale_ppm = 0;          // 1 sigma of each axis' scale error, 0 .. 100000
  double misalignment_mrad = 0;  // 1 sigma of each lean of an axis, 0 .. 100
  double noise_factor = 1;       // of all four noise parameters, 0.01 .. 100

  /// Whether there is any such error.
  bool Any() const { return scale_ppm != 0 || misalignment_mrad != 0 || noise_factor != 1; }
  Status Validate() const;  // kUsage with the command's option that is wrong
};

/// Sets the matrices of an IMU by chance: the same for one seed.
void DrawImuMatrices(const ImuErrorOptions& errors, uint64_t seed, ImuModelOptions& imu);

/// What is true of a simulated IMU and not in its samples' truth, as YAML: matrices by rows
/// (measured = matrix * true + bias + noise) and noise parameters in SI units.
std::string ImuTruthYaml(const ImuModelOptions& imu);

}  // namespace nightjar
