// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "core/result.h"

namespace nightjar {

/// kUsage for the first option of `nightjar simulate` that was given and would change nothing
/// beside the others, or contradicts them: what would be passed over in silence is a request that
/// was not understood.
Status CheckSimulateOptions(const CLI::App& command);

}  // namespace nightjar
