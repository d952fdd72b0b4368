// SPDX-License-Identifier: Apache-2.0
#include <csignal>
#include <exception>
#include <sstream>
#include <string>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/report.h"

namespace nightjar {
namespace {

// Where the help is that belongs to what was asked for, as far as it was understood.
std::string SeeHelp(const CLI::App& app) {
  std::string command = app.get_name();
  for (auto parsed = app.get_subcommands(); !parsed.empty();
       parsed = parsed.front()->get_subcommands())
    command += " " + parsed.front()->get_name();
  return "see '" + command + " --help'";
}

int Main(int argc, char** argv) {
  CLI::App app("Nightjar: metric, gravity-aligned spatial context from video, events and an IMU",
               "nightjar");
  app.set_version_flag("--version", NIGHTJAR_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Exit status: 0 done, 2 wrong usage, 3 the input is unusable, 4 it ran and could not "
      "answer,\n"
      "75 try again, 1 a bug of ours.");
  RunCommand run;
  AddProcessCommand(app, run);
  AddContextCommand(app, run);
  AddAskCommand(app, run);
  AddEvaluateCommand(app, run);
  AddExportCommand(app, run);
  AddDevelopCommand(app, run);
  AddEventsCommand(app, run);
  AddDepthCommand(app, run);
  AddRigCommand(app, run);
  AddInspectCommand(app, run);
  AddSimulateCommand(app, run);
  AddCalibrateCommand(app, run);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help_or_version) {
    std::ostringstream text, errors;
    const int status = app.exit(help_or_version, text, errors);
    const int printed = Print(text.str());
    return printed != 0 ? printed : status;
  } catch (const CLI::ParseError& error) {
    const std::string first = argc > 1 ? argv[1] : "";
    const auto named = app.get_subcommands(
        [&first](const CLI::App* command) { return command->get_name() == first; });
    if (!first.empty() && first[0] != '-' && named.empty()) {
      return Report(
          {ErrorKind::kUsage, "there is no command '" + first + "'", {}, "see 'nightjar --help'"});
    }
    return Report({ErrorKind::kUsage, error.what(), {}, SeeHelp(app)});
  }
  return run();
}

}  // namespace
}  // namespace nightjar

int main(int argc, char** argv) {
  // A file that grows above the process's limit is a write that fails (EFBIG), as on a full disk,
  // and no reason to be killed.
  std::signal(SIGXFSZ, SIG_IGN);
  try {
    return nightjar::Main(argc, argv);
  } catch (const std::exception& error) {
    return nightjar::Report(
        {nightjar::ErrorKind::kInternal, error.what(), {}, "please report this"});
  }
}
