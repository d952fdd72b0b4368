// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

namespace nightjar {

/// `nightjar inspect` of an event file: what InspectEventFile() found, on stdout. The exit status.
int ReportEventFile(const std::filesystem::path& file, bool json);

}  // namespace nightjar
