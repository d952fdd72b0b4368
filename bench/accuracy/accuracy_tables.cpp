// SPDX-License-Identifier: Apache-2.0
//
// accuracy_tables FOLDER [--quick]: runs what the tables of docs/ show, in FOLDER, and prints them.
// A run that was cut goes on where it was.
#include <fmt/format.h>

#include <cstdio>
#include <cstring>

#include "bench/accuracy/development_study.h"

int main(int argc, char** argv) {
  const bool quick = argc == 3 && std::strcmp(argv[2], "--quick") == 0;
  if (argc < 2 || argc > 3 || (argc == 3 && !quick)) {
    std::fputs("usage: accuracy_tables FOLDER [--quick]\n", stderr);
    return 2;
  }
  nightjar::DevelopmentStudy study;
  study.work = argv[1];
  study.progress = [](const std::string& line) { fmt::print(stderr, "{}\n", line); };
  if (quick) {
    study.seeds = 1;
    study.seconds = 3;
    study.lux = {300, 3};
  }
  const auto scores = nightjar::Run(study);
  if (!scores) {
    fmt::print(stderr, "{}\n", scores.error().Message());
    return 3;
  }
  fmt::print("{}", nightjar::Markdown(*scores));
  return 0;
}
