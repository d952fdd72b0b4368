// SPDX-License-Identifier: Apache-2.0
#include "apps/nightjar/simulate_frames_command.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "apps/nightjar/interruption.h"
#include "apps/nightjar/report.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;

const std::set<std::string> kOfFrames = {"--output",
                                         "--frames",
                                         "--trajectory",
                                         "--begin",
                                         "--end",
                                         "--lux",
                                         "--gamma",
                                         "--events",
                                         "--seed",
                                         "--threads",
                                         "--event-threshold-on",
                                         "--event-threshold-off",
                                         "--json",
                                         "--help",
                                         "--floor",
                                         "--event-bandwidth-hz"};

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
  CLI::Option* frames =
      command
          .add_option("--frames", options.frames,
                      "events of these images instead: a camera folder with data.csv, or a folder "
                      "with images.txt or timestamps.txt")
          ->type_name("DIR");
  command.add_option("--gamma", options.light.gamma, "of frames: light = value ^ gamma; 1: linear")
      ->capture_default_str()
      ->needs(frames);
  command
      .add_option("--floor", options.light.floor,
                  "of frames: light that lies over everything, as a share of white")
      ->capture_default_str()
      ->needs(frames);
  command
      .add_option("--begin", options.begin_s, "of frames: begin here, in seconds from the first")
      ->type_name("S")
      ->needs(frames);
  command.add_option("--end", options.end_s, "of frames: end before here, idem")
      ->type_name("S")
      ->needs(frames);
}

Status CheckGivenWithFrames(const CLI::App& command) {
  for (const CLI::Option* option : command.get_options()) {
    const std::string name = option->get_name();
    if (option->count() == 0 || kOfFrames.count(name) > 0) continue;
    return Fail(ErrorKind::kUsage, name + " says nothing of --frames", {}, "leave out one of them");
  }
  return {};
}

int RunSimulateFrames(SimulateFramesOptions options, bool json) {
  ProgressLine line;
  Interruption interruption;
  interruption.Hold();  // the log grows from the first frame on
  options.progress = [&line](int64_t done, int64_t total) {
    line.Show(fmt::format("making events: {} of {} frames", done, total));
  };
  options.cancelled = [&interruption] { return interruption.requested(); };
  const Result<SimulateFramesSummary> summary = SimulateFrames(options);
  line.Clear();
  interruption.Release();
  if (!summary) return Report(summary.error());
  if (!json) return Print(Text(options, *summary));
  return Print(ToJson(options, *summary).dump(2, ' ', false, Json::error_handler_t::replace) +
               '\n');
}

}  // namespace nightjar
