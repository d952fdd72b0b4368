// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "apps/pipeline/simulate.h"
#include "apps/pipeline/simulate_frames.h"

namespace nightjar {

/// The command that makes a log of these options again, byte by byte, for its log.yaml: every
/// option of `nightjar simulate` that has a say, defaults too, since a later version may have
/// others; but not where the log goes and what it does not depend on. Words are quoted for a POSIX
/// shell, paths are as they were given. Fields that the command has no option for are not in it.
std::string CommandLine(const SimulateOptions& options);
std::string CommandLine(const SimulateFramesOptions& options);

}  // namespace nightjar
