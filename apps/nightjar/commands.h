// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace nightjar {

/// Runs a command whose options were parsed, and returns its exit status (apps/nightjar/report.h).
using RunCommand = std::function<int()>;

/// Each adds its subcommand and options to `app`; `run` is set when the command line asks for it.
void AddProcessCommand(CLI::App& app, RunCommand& run);
void AddAskCommand(CLI::App& app, RunCommand& run);
void AddEvaluateCommand(CLI::App& app, RunCommand& run);
void AddContextCommand(CLI::App& app, RunCommand& run);
void AddExportCommand(CLI::App& app, RunCommand& run);
void AddDevelopCommand(CLI::App& app, RunCommand& run);
void AddDepthCommand(CLI::App& app, RunCommand& run);
void AddEventsCommand(CLI::App& app, RunCommand& run);
void AddRigCommand(CLI::App& app, RunCommand& run);
void AddInspectCommand(CLI::App& app, RunCommand& run);
void AddSimulateCommand(CLI::App& app, RunCommand& run);
void AddCalibrateCommand(CLI::App& app, RunCommand& run);

/// Each adds one of what `nightjar calibrate` estimates.
void AddCalibrateImu(CLI::App& calibrate, RunCommand& run);
void AddCalibrateNoise(CLI::App& calibrate, RunCommand& run);

}  // namespace nightjar
