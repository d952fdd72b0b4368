// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/event_pictures_report.h"
#include "apps/nightjar/report.h"
#include "apps/nightjar/work_on_terminal.h"
#include "apps/pipeline/event_pictures.h"

namespace nightjar {
namespace {

const std::map<std::string, EventView> kViews = {{"histogram", EventView::kHistogram},
                                                 {"linear", EventView::kLinear},
                                                 {"exponential", EventView::kExponential},
                                                 {"speed-invariant", EventView::kSpeedInvariant},
                                                 {"intensity", EventView::kIntensity},
                                                 {"warped", EventView::kWarped},
                                                 {"voxel", EventView::kVoxel}};

constexpr double kUsualWindow_ms = 30;
constexpr int kUsualPlanes = 5;

struct EventsLine {
  EventPicturesOptions options;
  std::string view = "histogram", format = "png";
  std::optional<double> period_ms, window_ms;
  std::optional<int> count, planes;
  std::vector<std::string> filters;
  std::string size;
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

Status UnderstandSlicing(const EventsLine& line, EventSlicerOptions& slicing) {
  if (line.period_ms) {
    if (!(*line.period_ms >= 0.01 && *line.period_ms <= 10000))
      return Fail(ErrorKind::kUsage, "must be 0.01 to 10000 ms", "--period");
    slicing.by = EventSlicing::kTime;
    slicing.duration_s = 1e-3 * *line.period_ms;
  } else if (line.count) {
    if (*line.count < 1 || *line.count > 1 << 24)
      return Fail(ErrorKind::kUsage, "must be 1 to 16777216 events", "--count");
    slicing.by = EventSlicing::kCount;
    slicing.count = *line.count;
  }
  return {};
}

/// Options of some views alone.
Status UnderstandView(const EventsLine& line, EventPicturesOptions& options) {
  options.view = kViews.at(line.view);
  const std::string with = "has no effect on --as " + line.view;
  const bool fades = options.view == EventView::kLinear || options.view == EventView::kExponential;
  if (line.window_ms && !fades)
    return Fail(ErrorKind::kUsage, with, "--window", "it is of linear and exponential");
  if (line.planes && options.view != EventView::kVoxel)
    return Fail(ErrorKind::kUsage, with, "--planes", "it is of voxel");
  options.window_s = 1e-3 * line.window_ms.value_or(kUsualWindow_ms);
  options.planes = line.planes.value_or(kUsualPlanes);
  return {};
}

Status UnderstandSize(const std::string& text, ImageSize& size) {
  if (text.empty()) return {};
  const char* end = text.data() + text.size();
  const auto width = std::from_chars(text.data(), end, size.width);
  if (width.ec == std::errc() && width.ptr != end && *width.ptr == 'x') {
    const auto height = std::from_chars(width.ptr + 1, end, size.height);
    if (height.ec == std::errc() && height.ptr == end && size.width > 0 && size.height > 0)
      return {};
  }
  return Fail(ErrorKind::kUsage, "'" + text + "' is no size", "--size", "an example is 346x260");
}

Status Understand(EventsLine& line) {
  EventPicturesOptions& options = line.options;
  if (Status status = UnderstandView(line, options); !status) return status;
  if (Status status = UnderstandSlicing(line, options.slicing); !status) return status;
  if (Status status = UnderstandSize(line.size, options.size); !status) return status;
  options.format = line.format == "npy" ? EventPictureFormat::kNpy : EventPictureFormat::kPng;
  options.gif = !line.no_gif;
  const auto wants = [&line](const char* name) {
    return std::find(line.filters.begin(), line.filters.end(), name) != line.filters.end();
  };
  if (wants("on") && wants("off")) {
    return Fail(ErrorKind::kUsage, "on and off together let nothing through", "--filter",
                "name one of them, or none for both");
  }
  for (const std::string& name : line.filters) Use(name, options.filters);
  return {};
}

int Run(EventsLine& line) {
  if (Status understood = Understand(line); !understood) return Report(understood.error());
  const auto summary = WorkOnTerminal("events", [&](const WorkProgress& progress) {
    return WriteEventPictures(line.options, progress);
  });
  if (!summary) return Report(summary.error());
  return ReportEventPictures(*summary, line.options, line.view, line.json);
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
  command
      .add_option(
          "--window", line.window_ms,
          fmt::format("of linear and exponential: age, 0.001 to 100000 ({})", kUsualWindow_ms))
      ->type_name("MS");
  command.add_option("--planes", line.planes, fmt::format("of voxel, 1 to 64 ({})", kUsualPlanes))
      ->type_name("N");
  command
      .add_option("--size", line.size,
                  "of the sensor, px; where missing what the file says, or else as far as events "
                  "reach but for a few that lie apart")
      ->type_name("WxH");
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
  CLI::App* command = app.add_subcommand("events", "Pictures or arrays of an event file");
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
