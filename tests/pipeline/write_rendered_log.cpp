// SPDX-License-Identifier: Apache-2.0
// Writes the rendered log for tests that drive the command from outside:
//
//     write_rendered_log FOLDER [SECONDS]
#include <cstdio>
#include <cstdlib>

#include "tests/pipeline/rendered_log.h"

int main(int argc, char** argv) {
  if (argc < 2) return 2;
  nightjar::RenderOptions options;
  if (argc > 2) options.seconds = std::atof(argv[2]);
  const auto written = nightjar::WriteRenderedLog(nightjar::RenderLog(options), argv[1]);
  if (!written) std::fprintf(stderr, "%s\n", written.error().Message().c_str());
  return written ? 0 : 1;
}
