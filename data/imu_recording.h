// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/imu_sample.h"
#include "core/result.h"
#include "data/sensor_log.h"

namespace nightjar {

/// All inertial samples of a log, in memory (64 bytes each), times rising.
struct ImuRecording {
  std::vector<ImuSample> samples;
  std::vector<LogAnomaly> anomalies;  // rows that were skipped
};

/// Reads the samples of imu0 of a log folder (with or without cameras, and the mav0 level of
/// EuRoC), or of one CSV as EuRoC has it (columns, bad rows: data/imu_stream.h). kUnusableInput
/// where there are none.
Result<ImuRecording> ReadImuRecording(const std::filesystem::path& path);

}  // namespace nightjar
