// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "data/events/event_reader.h"

namespace nightjar {

/// Where in a file: "byte 12", "event 3".
std::string WhereOf(const EventAnomaly& anomaly);

/// `nightjar inspect` of an event file: what InspectEventFile() found, on stdout. The exit status.
int ReportEventFile(const std::filesystem::path& file, bool json);

}  // namespace nightjar
