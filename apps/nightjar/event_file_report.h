// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <nlohmann/json_fwd.hpp>

#include "apps/pipeline/inspect_event_file.h"

namespace nightjar {

/// What inspect.md calls `events`; null without any event.
nlohmann::ordered_json EventsToJson(const EventFileInspection& found);
/// What inspect.md calls a stream of an event file.
nlohmann::ordered_json ToJson(const EventFileInspection::Stream& stream);

/// `nightjar inspect` of an event file: what InspectEventFile() found, on stdout. The exit status.
int ReportEventFile(const std::filesystem::path& file, bool json);

}  // namespace nightjar
