// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>

#include "apps/pipeline/simulate_frames.h"

namespace nightjar {

/// Adds what `nightjar simulate` is told of frames only: --frames, --gamma, --floor, --begin and
/// --end.
void AddFramesOptions(CLI::App& command, SimulateFramesOptions& options);

/// `nightjar simulate --frames`; the exit status.
int RunSimulateFrames(SimulateFramesOptions options, bool json);

}  // namespace nightjar
