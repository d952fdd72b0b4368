// SPDX-License-Identifier: Apache-2.0
// Small event files for a fuzzer to begin with, a folder for each format:
//
//     event_fuzz_seeds DIR
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/data/events/event_file_samples.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

int Run(const fs::path& root) {
  for (const int count : {3, 60, 400}) {
    for (EventFileSample& sample : MakeEventFileSamples(count)) {
      // What event_fuzz.cpp takes off the end: times mended, in one piece.
      sample.bytes.insert(sample.bytes.end(), {0, 0});
      const fs::path folder = root / sample.name.substr(0, sample.name.find(' '));
      fs::create_directories(folder);
      std::ofstream(folder / (sample.name + " " + std::to_string(count)), std::ios::binary)
          .write(reinterpret_cast<const char*>(sample.bytes.data()), std::ssize(sample.bytes));
    }
  }
  return 0;
}

}  // namespace
}  // namespace nightjar

int main(int argc, char** argv) { return argc == 2 ? nightjar::Run(argv[1]) : 2; }
