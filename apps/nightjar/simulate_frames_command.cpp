// SPDX-License-Identifier: Apache-2.0
#include "apps/nightjar/simulate_frames_command.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "apps/nightjar/report.h"
#include "apps/nightjar/simulate_number.h"
#include "apps/nightjar/work_on_terminal.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;

std::string Text(const SimulateFramesOptions& options, const SimulateFramesSummary& summary) {
  std::string text = fmt::format(
      "frames      {} of {} x {} px, {:.3f} s\nlight       white is {:g} lux, gamma {:g}\n"
      "events      {}: {} on, {} off\n",
      summary.frames, summary.width, summary.height, summary.log_s, options.light.white_lux,
      options.light.gamma, summary.events.on + summary.events.off, summary.events.on,
      summary.events.off);
  if (summary.poses > 0) text += fmt::format("truth       {} poses\n", summary.poses);
  return text + fmt::format("time        {:.2f} s, {:.2f} x real time\nlog         {}\n",
                            summary.wall_s, summary.log_s / summary.wall_s, options.log.string());
}

Json ToJson(const SimulateFramesOptions& options, const SimulateFramesSummary& summary) {
  return {{"log", options.log.string()},    {"frames", summary.frames},
          {"width", summary.width},         {"height", summary.height},
          {"steps", summary.steps},         {"events", summary.events.on + summary.events.off},
          {"events_on", summary.events.on}, {"events_off", summary.events.off},
          {"truth_poses", summary.poses},   {"log_s", summary.log_s},
          {"lux", options.light.white_lux}, {"gamma", options.light.gamma},
          {"wall_s", summary.wall_s},       {"real_time_factor", summary.log_s / summary.wall_s}};
}

}  // namespace

void AddFramesOptions(CLI::App& command, SimulateFramesOptions& options) {
  command
      .add_option("--frames", options.frames,
                  "events of these images instead: a camera folder with data.csv, or a folder "
                  "with images.txt or timestamps.txt")
      ->type_name("DIR");
  AddNumber(command, simulate_range::kGamma, options.light.gamma, "G",
            "of frames: light = value ^ gamma; 1: linear");
  AddNumber(command, simulate_range::kFloor, options.light.floor, "SHARE",
            "of frames: light that lies over everything, as a share of white");
  command
      .add_option("--begin", options.begin_s, "of frames: begin here, in seconds from the first")
      ->type_name("S");
  command.add_option("--end", options.end_s, "of frames: end before here, idem")->type_name("S");
}

int RunSimulateFrames(SimulateFramesOptions options, bool json) {
  const Result<SimulateFramesSummary> summary =
      WorkOnTerminal("making events", [&options](const WorkProgress& progress) {
        options.progress = progress;
        return SimulateFrames(options);
      });
  if (!summary) return Report(summary.error());
  if (!json) return Print(Text(options, *summary));
  return Print(ToJson(options, *summary).dump(2, ' ', false, Json::error_handler_t::replace) +
               '\n');
}

}  // namespace nightjar
