// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"

namespace nightjar {

/// What stands in a log folder, before any stream is read. Streams are in the order of their
/// numbers.
struct AslFolder {
  std::filesystem::path root;              // the level that holds cam0 and imu0: LOG or LOG/mav0
  std::vector<std::string> cameras;        // "cam0", "cam1", ...
  std::vector<std::string> depth_sensors;  // "depth0", ...
  std::vector<std::string> audio;          // "audio0", ...
  std::vector<std::string> event_cameras;  // "events0", ...
  /// Streams that nothing reads yet: imu1 and further.
  std::vector<std::string> not_read;
  std::optional<std::filesystem::path> log_yaml;
  std::optional<std::filesystem::path> rig_yaml;
  std::optional<std::filesystem::path> truth;
};

inline constexpr const char* kAslImu = "imu0";

/// Looks at a log folder. Fails with kUnusableInput when it is missing, is a file, or has no camN
/// or no imu0. log.yaml, rig.yaml and the truth are looked for beside the streams, then in LOG.
Result<AslFolder> FindAslFolder(const std::filesystem::path& log);

/// The cameras to read: those `asked` for, or all. kUsage when one is unknown or asked for twice.
Result<std::vector<std::string>> ChooseCameras(const AslFolder& folder,
                                               const std::vector<std::string>& asked);

/// The depth sensors and audio streams among `asked`, each in the order asked for.
struct FurtherStreams {
  std::vector<std::string> depth_sensors;
  std::vector<std::string> audio;
};

/// kUsage when one is unknown, is of another kind, or is asked for twice.
Result<FurtherStreams> ChooseFurtherStreams(const AslFolder& folder,
                                            const std::vector<std::string>& asked);

}  // namespace nightjar
