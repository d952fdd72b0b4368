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
                                                 {"intensity", EventView::kIntensity}};

struct EventsLine {
  EventPicturesOptions options;
  std::string view = "histogram";
  double period_ms = 0, window_ms = 30;
  int count = 0;
  std::vector<std::string> filters;
  bool json = false;
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

Json ToJson(const EventPicturesSummary& summary, const EventsLine& line) {
  Json filters = Json::array(), anomalies = Json::array();
  for (const EventFilterCount& count : summary.filters) {
    filters.push_back(
        {{"name", count.filter}, {"offered", count.offered}, {"passed", count.passed}});
  }
  for (const EventAnomaly& anomaly : summary.anomalies) {
    anomalies.push_back({{"where", WhereOf(anomaly)},
                         {"kind", anomaly.kind},
                         {"count", anomaly.count}});
  }
  return {{"format", summary.info.format}, {"width", summary.width},
          {"height", summary.height},      {"as", line.view},
          {"pictures", summary.pictures},  {"filters", filters},
          {"anomalies", anomalies}};
}

int Run(EventsLine& line) {
  Understand(line);
  const auto summary = WorkOnTerminal("events", [&](const WorkProgress& progress) {
    return WriteEventPictures(line.options, progress);
  });
  if (!summary) return Report(summary.error());
  if (line.json) {
    fmt::print("{}\n", ToJson(*summary, line).dump(2));
    return 0;
  }
  fmt::print("{} pictures of {} x {} px, written {}\n", summary->pictures, summary->width,
             summary->height, line.options.output.string());
  for (const EventFilterCount& count : summary->filters) {
    if (count.offered != count.passed)
      fmt::print("{:<12} {} of {} events passed\n", count.filter, count.passed, count.offered);
  }
  for (const EventAnomaly& anomaly : summary->anomalies)
    fmt::print("{}: {}, first at {}\n", anomaly.kind, anomaly.count, WhereOf(anomaly));
  return 0;
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
  std::vector<std::string> names;
  for (const auto& [name, view] : kViews) names.push_back(name);
  command
      ->add_option("--as", line->view,
                   "histogram: brighter less darker events; linear, exponential: how new the last "
                   "event is; speed-invariant: in which order events came; intensity: light, from "
                   "events and frames")
      ->check(CLI::IsMember(names))
      ->capture_default_str();
  auto* period = command
                     ->add_option("--period", line->period_ms,
                                  "a picture every so many ms, 0.01 to 10000; where neither is "
                                  "given whenever the scene has moved by some pixels")
                     ->type_name("MS");
  command->add_option("--count", line->count, "a picture every so many events, 1 to 16777216")
      ->type_name("N")
      ->excludes(period);
  command
      ->add_option("--window", line->window_ms, "of linear and exponential: age, 0.001 to 100000")
      ->type_name("MS")
      ->capture_default_str();
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
