// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "calibration/rig.h"
#include "core/result.h"

namespace nightjar {

/// The files that a rig can be read from and written to.
enum class RigFormat {
  kRig,     // our rig.yaml: all that a Rig holds
  kAsl,     // a folder of EuRoC/ASL sensor.yaml files
  kKalibr,  // Kalibr's camchain-imucam.yaml and imu.yaml
  kAria,    // Project Aria's calibration JSON, or one line of its online_calibration.jsonl
};

/// Reads a rig from any of these; the format is told by the content, not by the name. `path` may be
/// a folder: one with a rig.yaml, a sensor log (its rig.yaml, else its sensor.yaml files) or one
/// that holds a Kalibr camchain. What a file says and a Rig cannot hold is named in `notes`, one
/// line each. Errors are kUnusableInput with FILE:LINE where there is a line.
///
/// The noise of the IMU is 0 (unknown) where the file does not say it.
Result<Rig> ReadRig(const std::filesystem::path& path, std::vector<std::string>* notes = nullptr);

/// Writes a rig; what the format cannot hold is left out and named in `notes`. kAsl: `path` is a
/// folder that gets NAME/sensor.yaml for each sensor; the others: one file (kKalibr: and, beside
/// it, imu.yaml).
Status WriteRig(const Rig& rig, RigFormat format, const std::filesystem::path& path,
                std::vector<std::string>* notes = nullptr);

}  // namespace nightjar
