// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "core/result.h"

namespace nightjar {

/// Writes a file that appears whole or not at all: beside its place, synced, then renamed. An
/// existing file is replaced; missing parent folders are made. kUsage where it cannot stand there,
/// kTryAgain on a full disk.
Status WriteWholeFile(const std::filesystem::path& file, std::string_view bytes);

/// The same for a folder of small files (relative path -> bytes), which must not exist or be empty.
Status WriteWholeFolder(const std::filesystem::path& folder,
                        const std::map<std::filesystem::path, std::string>& files);

}  // namespace nightjar
