// SPDX-License-Identifier: Apache-2.0
// A user of nightjar/pipeline.h:
//
//     use_pipeline LOG SESSION REFERENCE
#include <nightjar/pipeline.h>

#include <cstdio>
#include <stdexcept>
#include <string>

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  std::printf("version %s\n", nightjar::PipelineVersion());
  nightjar::ProcessOptions options;
  options.log = argv[1];
  options.session = argv[2];

  options.profile = "leisurely";
  const auto wrong = nightjar::ProcessLog(options);
  if (wrong) return 1;
  std::printf("wrong profile: %d %s\n", wrong.failure().status, wrong.failure().message.c_str());
  options.profile = "offline";

  options.progress = [](const nightjar::ProcessProgress&) { throw std::runtime_error("stop"); };
  const auto stopped = nightjar::ProcessLog(options);
  if (stopped) return 1;
  std::printf("thrown: %d %s\n", stopped.failure().status, stopped.failure().message.c_str());

  int64_t most = 0;
  options.progress = [&](const nightjar::ProcessProgress& progress) {
    most = progress.frames_done;
  };
  const auto summary = nightjar::ProcessLog(options);
  if (!summary) {
    std::fprintf(stderr, "%s\n", summary.failure().message.c_str());
    return 1;
  }
  std::printf("frames %d progress %d\n", static_cast<int>(summary->frames), static_cast<int>(most));

  const auto score = nightjar::EvaluateSession(options.session, argv[3]);
  if (!score) {
    std::fprintf(stderr, "%s\n", score.failure().message.c_str());
    return 1;
  }
  if (!score->final) return 1;
  std::printf("final ATE %.6f m of %d frames\n", score->final->ate_rmse_m,
              static_cast<int>(score->final->frames));
  return 0;
}
