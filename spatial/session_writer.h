// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <functional>

#include "core/result.h"
#include "core/staged_folder.h"
#include "spatial/session.h"

namespace nightjar {

/// Whether a session could be written to `folder`, as far as can be told now: for before the long
/// work. It may not exist, be empty, or hold an earlier session, which is told by its session.json;
/// a folder must be writable there, which is tried. Otherwise kUsage.
Status CheckSessionTarget(const std::filesystem::path& folder);

/// Writes pictures into the folder that is being made and tells the session which, and what became
/// of it.
using WritePictures = std::function<Status(StagedFolder&, Session&)>;

/// Writes the session folder (docs/formats/session.md) whole or not at all, replacing an earlier
/// session. Deterministic: the same session gives the same bytes, except under "run" in
/// summary.json. `cancelled` (may be empty) is asked before each file and before the folder is put
/// in its place: true leaves everything as it was. Errors: kUsage for a target that may not or
/// cannot be written, kTryAgain for a full disk and when cancelled.
Status WriteSession(const Session& session, const std::filesystem::path& folder,
                    const std::function<bool()>& cancelled = {});

/// The same with pictures, which `session` knows of afterwards.
Status WriteSession(Session& session, const std::filesystem::path& folder,
                    const WritePictures& write_pictures, const std::function<bool()>& cancelled);

}  // namespace nightjar
