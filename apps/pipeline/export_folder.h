// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>

#include "core/result.h"
#include "spatial/export/export.h"

namespace nightjar {

/// A session from its folder, or from one of Project Aria's results (spatial/aria_reader.h).
Result<Session> OpenSession(const std::filesystem::path& folder);

/// ExportSession() of what stands in a folder.
Result<ExportSummary> ExportFolder(const std::filesystem::path& folder,
                                   const std::filesystem::path& out, const ExportOptions& options,
                                   const std::function<bool()>& cancelled = {});

}  // namespace nightjar
