// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/event_file_report.h"
#include "apps/nightjar/report.h"
#include "apps/nightjar/work_on_terminal.h"
#include "apps/pipeline/event_pictures.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;

const std::map<std::string, EventView> kViews = {{"histogram", EventView::kHistogram},
                                                 {"linear", EventView::kLinear},
                                                 {"exponential", EventView::kExponential},
                                                 {"speed-invariant", EventView::kSpeedInvariant},
                                                 {"intensity", EventView::kIntensity},
                                                 {"warped", EventView::kWarped},
                                                 {"voxel", EventView::kVoxel}};

struct EventsLine {
  EventPicturesOptions options;
  std::string view = "histogram", format = "png";
  double period_ms = 0, window_ms = 30;
  int count = 0;
  std::vector<std::string> filters;
  bool no_gif = false, json = false;
};

void Use(const std::string& name, EventFilterChainOptions& filters) {
  if (name == "hot-pixels") filters.hot_pixels.emplace();
  if (name == "flicker") filters.flicker.emplace();
  if (name == "refractory") filters.refractory.emplace();
  if (name == "background") filters.background.emplace();
  if (name == "correlation") filters.correlation.emplace();
  if (name == "trail") filters.trail.emplace();
  if (name == "on") filters.polarity = true;
  if (name == "off") filters.polarity = false;
}

void Understand(EventsLine& line) {
  EventPicturesOptions& options = line.options;
  options.view = kViews.at(line.view);
  options.format = line.format == "npy" ? EventPictureFormat::kNpy : EventPictureFormat::kPng;
  options.gif = !line.no_gif;
  options.window_s = 1e-3 * line.window_ms;
  if (line.period_ms != 0) {
    options.slicing.by = EventSlicing::kTime;
    options.slicing.duration_s = 1e-3 * line.period_ms;
  } else if (line.count != 0) {
    options.slicing.by = EventSlicing::kCount;
    options.slicing.count = line.count;
  }
  for (const std::string& name : line.filters) Use(name, options.filters);
}

Json WrittenToJson(const EventPicturesSummary& summary) {
  Json written = {{{"file", "pictures.csv"}, {"pictures", summary.pictures}},
                  {{"file", summary.first_file},
                   {"last_file", summary.last_file},
                   {"pictures", summary.pictures},
                   {"dtype", summary.type},
                   {"shape", summary.shape}}};
  if (summary.gif_pictures > 0)
    written.push_back({{"file", "pictures.gif"}, {"pictures", summary.gif_pictures}});
  return written;
}

Json WarpToJson(const EventPicturesSummary& summary) {
  if (!summary.warp) return nullptr;
  const PinholeView& view = summary.warp->view;
  return {{"focal_px", view.focal},
          {"cx_px", view.cx},
          {"cy_px", view.cy},
          {"gyro_samples", summary.warp->gyro_samples},
          {"pictures_without_gyro", summary.warp->pictures_without_gyro}};
}

Json ToJson(const EventPicturesSummary& summary, const EventsLine& line) {
  Json filters = Json::array(), anomalies = Json::array();
  for (const EventFilterCount& count : summary.filters) {
    filters.push_back(
        {{"name", count.filter}, {"offered", count.offered}, {"passed", count.passed}});
  }
  for (const EventAnomaly& anomaly : summary.anomalies) {
    anomalies.push_back(
        {{"where", WhereOf(anomaly)}, {"kind", anomaly.kind}, {"count", anomaly.count}});
  }
  return {{"format", summary.info.format}, {"width", summary.width},
          {"height", summary.height},      {"as", line.view},
          {"pictures", summary.pictures},  {"written", WrittenToJson(summary)},
          {"warp", WarpToJson(summary)},   {"filters", filters},
          {"anomalies", anomalies}};
}

std::string Text(const EventPicturesSummary& summary, const EventsLine& line) {
  std::string text =
      fmt::format("{} {} of {} x {} px, written {}\n", summary.pictures,
                  line.options.format == EventPictureFormat::kNpy ? "arrays" : "pictures",
                  summary.shape.back(), *(summary.shape.end() - 2), line.options.output.string());
  if (summary.gif_pictures > 0 && summary.gif_pictures < summary.pictures)
    text += fmt::format("pictures.gif has the first {}\n", summary.gif_pictures);
  if (summary.warp && summary.warp->pictures_without_gyro > 0)
    text += fmt::format("{} without a sample of the gyro nearby, as they are\n",
                        summary.warp->pictures_without_gyro);
  for (const EventFilterCount& count : summary.filters) {
    if (count.offered != count.passed)
      text +=
          fmt::format("{:<12} {} of {} events passed\n", count.filter, count.passed, count.offered);
  }
  for (const EventAnomaly& anomaly : summary.anomalies)
    text += fmt::format("{}: {}, first at {}\n", anomaly.kind, anomaly.count, WhereOf(anomaly));
  return text;
}

int Run(EventsLine& line) {
  Understand(line);
  const auto summary = WorkOnTerminal("events", [&](const WorkProgress& progress) {
    return WriteEventPictures(line.options, progress);
  });
  if (!summary) return Report(summary.error());
  return Print(line.json ? ToJson(*summary, line).dump(2) + '\n' : Text(*summary, line));
}

void AddViewOptions(CLI::App& command, EventsLine& line) {
  std::vector<std::string> names;
  for (const auto& [name, view] : kViews) names.push_back(name);
  command
      .add_option("--as", line.view,
                  "histogram: brighter less darker events; linear, exponential: how new the last "
                  "event is; speed-invariant: in which order events came; intensity: light, from "
                  "events and frames; warped: events where the camera would have seen them at "
                  "once, by its gyro; voxel: brighter less darker events by --planes in time")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  command
      .add_option("--format", line.format,
                  "png: grey, 8 bits, to look at; npy: the values, an array (planes, height, "
                  "width) each: histogram uint16 and speed-invariant uint8 (off, on), linear and "
                  "exponential float32 (off, on), intensity float32 (ln of light), warped float32 "
                  "(events per pixel), voxel float32 (--planes)")
      ->check(CLI::IsMember({"png", "npy"}))
      ->capture_default_str();
  command.add_flag("--no-gif", line.no_gif,
                   "leave out pictures.gif, 25 pictures a second, the first 1000 of them");
  command.add_option("--window", line.window_ms, "of linear and exponential: age, 0.001 to 100000")
      ->type_name("MS")
      ->capture_default_str();
  command.add_option("--planes", line.options.planes, "of voxel, 1 to 64")
      ->type_name("N")
      ->capture_default_str();
}

void AddSliceOptions(CLI::App& command, EventsLine& line) {
  auto* period = command
                     .add_option("--period", line.period_ms,
                                 "a picture every so many ms, 0.01 to 10000; where neither is "
                                 "given whenever the scene has moved by some pixels")
                     ->type_name("MS");
  command.add_option("--count", line.count, "a picture every so many events, 1 to 16777216")
      ->type_name("N")
      ->excludes(period);
}

void AddWarpOptions(CLI::App& command, EventPicturesOptions& options) {
  command
      .add_option("--rig", options.rig,
                  "of warped, which needs it: the calibration, a rig.yaml or what 'nightjar rig' "
                  "reads")
      ->type_name("FILE");
  command
      .add_option("--camera", options.camera,
                  "of warped: the rig's camera that saw the events; may be missing where it has "
                  "one event camera, or only one camera")
      ->type_name("NAME");
  command
      .add_option("--imu", options.imu,
                  "of warped: the gyro, a CSV as EuRoC's imu0/data.csv or the folder of a sensor "
                  "log, on the events' clock but for the rig's time_offset_s; where missing the "
                  "event file's own (AEDAT4)")
      ->type_name("FILE");
}

}  // namespace

void AddEventsCommand(CLI::App& app, RunCommand& run) {
  auto line = std::make_shared<EventsLine>();
  CLI::App* command = app.add_subcommand("events", "an event file to pictures");
  command
      ->add_option(
          "IN", line->options.input,
          "EVT 2.0, 2.1 or 3.0, DAT, AEDAT4, DSEC's HDF5, Event Stream, text, or a ROS 1 bag")
      ->required();
  command->add_option("-o,--output", line->options.output, "folder to write")
      ->required()
      ->type_name("DIR");
  AddViewOptions(*command, *line);
  AddSliceOptions(*command, *line);
  AddWarpOptions(*command, line->options);
  command
      ->add_option("--filter", line->filters,
                   "events that do not pass are left out: hot-pixels, flicker, refractory, "
                   "background, correlation, trail, on, off")
      ->check(CLI::IsMember({"hot-pixels", "flicker", "refractory", "background", "correlation",
                             "trail", "on", "off"}))
      ->delimiter(',')
      ->type_name("NAME[,NAME...]");
  command->add_flag("--json", line->json, "print what was done as one JSON object");
  command->callback([&run, line] { run = [line] { return Run(*line); }; });
}

}  // namespace nightjar
