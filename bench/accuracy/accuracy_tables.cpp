// SPDX-License-Identifier: Apache-2.0
//
// accuracy_tables FOLDER [--quick] [--lux 300,30,3,0.5]: runs what the tables of docs/ show, in
// FOLDER, and prints them. A run that was cut goes on where it was.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "bench/accuracy/development_study.h"

int main(int argc, char** argv) {
  nightjar::DevelopmentStudy study;
  bool quick = false;
  CLI::App app("Runs what the tables of docs/ show; a run that was cut goes on where it was.");
  app.add_option("folder", study.work, "logs, sessions and scores are made here")->required();
  app.add_flag("--quick", quick, "one seed of 3 s at 300 and 3 lux instead of four of 8 s");
  const CLI::Option* lights =
      app.add_option("--lux", study.lux, "lights; ratios are to the brightest")
          ->delimiter(',')
          ->check(CLI::PositiveNumber)
          ->capture_default_str();
  CLI11_PARSE(app, argc, argv);
  study.progress = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  if (quick) {
    study.seeds = 1;
    study.seconds = 3;
    if (lights->empty()) study.lux = {300, 3};
  }
  const auto scores = nightjar::Run(study);
  if (!scores) {
    fmt::print(stderr, "{}\n", scores.error().Message());
    return 3;
  }
  fmt::print("{}", nightjar::Markdown(*scores));
  return 0;
}
