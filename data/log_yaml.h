// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <string_view>

#include "core/result.h"
#include "data/sensor_log.h"

namespace nightjar {

/// The version of the sensor log format (docs/formats/sensor-log.md) that is read here; a log
/// without a log.yaml is of this one.
inline constexpr int kSensorLogVersion = 1;

/// What the stamps of a log can be said to count: nanoseconds since the device was started, of
/// 1970-01-01 UTC with or without its leap seconds, of GPS's epoch, or of who knows when.
inline constexpr std::array<std::string_view, 5> kLogClocks = {"device", "utc", "tai", "gps",
                                                               "unknown"};

/// Reads a log.yaml: version (needed, kSensorLogVersion), clock (one of kLogClocks), device_frame
/// (imu0: the body is the IMU), source (one line of text, at most 200 bytes), command (idem, 8000).
/// kUnusableInput with FILE:LINE for an unknown key or version and for any other value.
Result<LogDescription> ReadLogYaml(const std::filesystem::path& file);

}  // namespace nightjar
