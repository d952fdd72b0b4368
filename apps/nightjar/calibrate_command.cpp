// SPDX-License-Identifier: Apache-2.0
#include "apps/nightjar/commands.h"

namespace nightjar {

void AddCalibrateCommand(CLI::App& app, RunCommand& run) {
  CLI::App* command =
      app.add_subcommand("calibrate", "Estimates a calibration, with its uncertainty");
  command->require_subcommand(1);
  AddCalibrateImu(*command, run);
  AddCalibrateNoise(*command, run);
}

}  // namespace nightjar
