// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "calibration/estimate/imu_noise_calibration.h"
#include "core/result.h"

namespace nightjar {

struct CalibrateImuOptions {
  std::filesystem::path input;    // a log folder, or a CSV of inertial samples
  std::filesystem::path rig;      // rig.yaml to write; empty: none. An existing rig is updated
  std::filesystem::path svg;      // Allan plot to write; empty: none
  std::optional<double> begin_s;  // only samples in [begin, end), s from the first one
  std::optional<double> end_s;
};

struct ImuCalibrationResult {
  ImuNoiseCalibration calibration;
  std::vector<std::string> notes;  // of the input and of what is written; the calibration has more
};

/// Calibrates the noise of an IMU that lay still, and writes what is asked for. The rig that is
/// written is, with this noise, the one that is at `rig`, else the log's own, else one of an IMU
/// alone. A random walk that the log is too short for keeps the rig's value; kNoAnswer where the
/// rig has none.
Result<ImuCalibrationResult> CalibrateImu(const CalibrateImuOptions& options);

}  // namespace nightjar
