// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "calibration/rig.h"
#include "core/result.h"

namespace nightjar {

/// What stands in an ASL/EuRoC folder, before any stream is read.
struct AslFolder {
  std::filesystem::path root;        // the level that holds cam0 and imu0: LOG or LOG/mav0
  std::vector<std::string> cameras;  // "cam0", "cam1", ... in the order of their numbers
  std::optional<std::filesystem::path> truth;
};

inline constexpr const char* kAslImu = "imu0";

/// Looks at a log folder. Fails with kUnusableInput when it is missing, is a file, or has no camN
/// or no imu0.
Result<AslFolder> FindAslFolder(const std::filesystem::path& log);

/// The cameras to read: those `asked` for, or all. kUsage when one is unknown or asked for twice.
Result<std::vector<std::string>> ChooseCameras(const AslFolder& folder,
                                               const std::vector<std::string>& asked);

/// Reads the sensor.yaml of imu0 and of `cameras` and puts them together, body = IMU.
Result<Rig> ReadAslRig(const std::filesystem::path& root, const std::vector<std::string>& cameras);

/// FNV-1a, 64 bits, over name, size and bytes of the sensor.yaml and data.csv of imu0 and of
/// `cameras`, in this order, as 16 hex digits (Fowler, Noll, Vo, draft-eastlake-fnv).
Result<std::string> AslIdentity(const std::filesystem::path& root,
                                const std::vector<std::string>& cameras);

}  // namespace nightjar
