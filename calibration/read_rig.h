// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
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
  kAria,    // Project Aria's calibration JSON, or its online_calibration.jsonl
};

/// The format's name on a command line: "rig", "asl", "kalibr", "aria".
const char* RigFormatName(RigFormat format);

/// A rig as it was read.
struct RigFile {
  Rig rig;
  RigFormat format = RigFormat::kRig;
  std::vector<std::string> notes;  // what the file says and a Rig cannot hold, and the like
};

/// Reads a rig from any of these; the format is told by the content, not by the name. `path` may be
/// a folder: one with a rig.yaml, a sensor log (its rig.yaml, else its sensor.yaml files, also
/// below mav0) or one with a camchain-imucam.yaml and an imu.yaml. Errors are kUnusableInput with
/// FILE:LINE where there is a line.
///
/// The noise of the IMU is 0 (unknown) where the file does not say it.
Result<RigFile> ReadRigFile(const std::filesystem::path& path);
Result<Rig> ReadRig(const std::filesystem::path& path);

/// Reads an imu.yaml as Kalibr has it, or a sensor.yaml of an IMU: rate and noise.
Result<RigImu> ReadImuFile(const std::filesystem::path& file);

/// Writes a rig, whole or not at all; what the format cannot hold is left out and named in `notes`.
/// kRig and kAria: a file, which is replaced. kAsl: a folder with camN/sensor.yaml and
/// imuN/sensor.yaml, numbered in the rig's order; kKalibr: one with camchain-imucam.yaml and
/// imu.yaml; they must not exist or be empty. kUnusableInput when the format has no such camera, or
/// a camera has no model.
Status WriteRig(const Rig& rig, RigFormat format, const std::filesystem::path& path,
                std::vector<std::string>* notes = nullptr);

}  // namespace nightjar
