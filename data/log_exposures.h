// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <vector>

#include "calibration/rig.h"
#include "core/result.h"

namespace nightjar {

/// One image of a log's camera and how it was taken.
struct LogExposure {
  std::filesystem::path file;
  double exposure_s = 0;
  double gain = 1;  // linear
};

struct LogExposures {
  std::vector<LogExposure> frames;  // in the order of the table
  /// Of the camera's sensor.yaml; nothing without one.
  std::optional<CameraSensor> sensor = {};
};

/// Whether a folder is a camera of a sensor log: it holds data/ and a data.csv.
bool IsLogCamera(const std::filesystem::path& folder);

/// Reads its table. kUnusableInput with FILE:LINE for a row that is none or without exposure and
/// gain, and for a sensor.yaml that cannot be read.
Result<LogExposures> ReadLogExposures(const std::filesystem::path& folder);

}  // namespace nightjar
