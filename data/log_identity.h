// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "core/result.h"
#include "data/asl_folder.h"
#include "data/log_rig.h"

namespace nightjar {

/// What tells inputs apart, as 16 hex digits: FNV-1a with 64 bits (Fowler, Noll, Vo,
/// draft-eastlake-fnv) over the files that say what is listed and how it was measured, as
/// docs/formats/sensor-log.md has it; pixels and sounds do not enter. `rig`: what is read.
/// `rig_was_given`: with the request, not by the log. kUnusableInput when a file cannot be read.
Result<std::string> IdentifyLog(const AslFolder& folder, const LogRig& rig,
                                const std::vector<std::string>& audio, bool rig_was_given);

}  // namespace nightjar
