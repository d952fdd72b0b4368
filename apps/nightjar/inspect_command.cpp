// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "apps/nightjar/commands.h"
#include "apps/nightjar/event_file_report.h"
#include "apps/nightjar/report.h"
#include "apps/pipeline/inspect.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;
using Answer = InspectCheck::Answer;

const char* Name(Answer answer) {
  switch (answer) {
    case Answer::kOk: return "ok";
    case Answer::kWarning: return "warning";
    case Answer::kError: return "error";
    case Answer::kUnknown: return "unknown";
  }
  return "unknown";
}

template <typename T>
Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json ToJson(const BrightnessSummary& brightness) {
  return {{"frames", brightness.frames},
          {"mean_dn", brightness.mean_dn},
          {"mean_min_dn", brightness.mean_min_dn},
          {"mean_max_dn", brightness.mean_max_dn},
          {"saturated_share", brightness.saturated_share},
          {"black_share", brightness.black_share},
          {"exposure_min_ns", OrNull(brightness.exposure_min_ns)},
          {"exposure_max_ns", OrNull(brightness.exposure_max_ns)},
          {"gain_min", OrNull(brightness.gain_min)},
          {"gain_max", OrNull(brightness.gain_max)}};
}

Json ToJson(const InspectedStream& stream) {
  const StreamTiming& timing = stream.timing;
  Json gaps = Json::array();
  for (const StreamGap& gap : timing.gaps)
    gaps.push_back({{"begin_ns", ToNanoseconds(gap.begin)}, {"duration_s", gap.duration_s}});
  return {{"name", stream.name},
          {"kind", stream.kind},
          {"listed", stream.listed},
          {"delivered", stream.delivered},
          {"first_ns", ToNanoseconds(timing.first)},
          {"last_ns", ToNanoseconds(timing.last)},
          {"duration_s", timing.duration_s()},
          {"overlap_s", stream.overlap_s},
          {"rate_hz", timing.rate_hz()},
          {"nominal_rate_hz", stream.nominal_rate_hz > 0 ? Json(stream.nominal_rate_hz) : Json()},
          {"interval_s", timing.interval_s},
          {"jitter_p50_s", timing.jitter_p50_s},
          {"jitter_p99_s", timing.jitter_p99_s},
          {"gap_count", timing.gap_count},
          {"gaps", gaps},
          {"brightness", stream.brightness ? ToJson(*stream.brightness) : Json(nullptr)},
          {"tracks_median", OrNull(stream.tracks_median)}};
}

Json ToJson(const InspectedEvents& events) {
  EventFileInspection::Stream stream;
  if (!events.found.streams.empty()) stream = events.found.streams.front();
  stream.name = events.name;
  stream.kind = "events";
  return ToJson(stream);
}

Json ToJson(const Inspection& inspection) {
  Json streams = Json::array(), anomalies = Json::array(), checks = Json::array();
  for (const InspectedStream& stream : inspection.streams) streams.push_back(ToJson(stream));
  for (const LogAnomaly& anomaly : inspection.anomalies) {
    anomalies.push_back(
        {{"where", anomaly.first_where}, {"kind", anomaly.what}, {"count", anomaly.count}});
  }
  for (const InspectCheck& check : inspection.checks) {
    checks.push_back({{"name", check.name},
                      {"where", check.where},
                      {"status", Name(check.status)},
                      {"value", OrNull(check.value)},
                      {"sigma", OrNull(check.sigma)},
                      {"expected", OrNull(check.expected)},
                      {"what", check.what},
                      {"remedy", check.remedy}});
  }
  for (const InspectedEvents& events : inspection.events) streams.push_back(ToJson(events));
  const Json first_events =
      inspection.events.empty() ? Json() : EventsToJson(inspection.events.front().found);
  const LogDescription& log = inspection.description;
  return {{"format", inspection.format},
          {"clock", log.clock},
          {"device_frame", log.device_frame},
          {"source", log.source.empty() ? Json() : Json(log.source)},
          {"duration_s", inspection.duration_s},
          {"events", first_events},
          {"streams", streams},
          {"notes", inspection.notes},
          {"anomalies", anomalies},
          {"checks", checks}};
}

std::string Row(const InspectedStream& stream) {
  const StreamTiming& timing = stream.timing;
  std::string row =
      fmt::format("{:<8} {:>8} {:>10.3f} {:>10.3f} {:>9.3f} {:>9.3f} {:>5}", stream.name,
                  timing.count, timing.duration_s(), timing.rate_hz(), 1e3 * timing.jitter_p50_s,
                  1e3 * timing.jitter_p99_s, timing.gap_count);
  if (stream.brightness && stream.brightness->frames > 0) {
    row += fmt::format("  mean {:.0f} DN, {:.1f} % saturated, {:.1f} % black",
                       stream.brightness->mean_dn, 100 * stream.brightness->saturated_share,
                       100 * stream.brightness->black_share);
  }
  return row + '\n';
}

std::string Row(const InspectedEvents& events) {
  const EventFileInspection& found = events.found;
  if (found.streams.empty()) return fmt::format("{:<8} {:>8}\n", events.name, 0);
  const EventFileInspection::Stream& stream = found.streams.front();
  return fmt::format("{:<8} {:>8} {:>10.3f} {:>10.0f} {:>25}  {} on, {} off, x to {}, y to {}\n",
                     events.name, stream.delivered, stream.duration_s(), stream.rate_hz(), "",
                     found.on, found.off, found.x_max, found.y_max);
}

// What the log is and holds.
std::string Head(const Inspection& inspection) {
  const LogDescription& log = inspection.description;
  std::string text = fmt::format("{} log, {:.3f} s, clock: {}", inspection.format,
                                 inspection.duration_s, log.clock);
  if (!log.source.empty()) text += ", source: " + log.source;
  text += fmt::format("\n\n{:>49} {:>9}\n", "jitter", "jitter");
  text += fmt::format("{:<8} {:>8} {:>10} {:>10} {:>9} {:>9} {:>5}\n", "stream", "count",
                      "span [s]", "rate [Hz]", "p50 [ms]", "p99 [ms]", "gaps");
  for (const InspectedStream& stream : inspection.streams) text += Row(stream);
  for (const InspectedEvents& events : inspection.events) text += Row(events);
  text += '\n';
  for (const std::string& note : inspection.notes) text += fmt::format("note     {}\n", note);
  return text;
}

std::string Text(const Inspection& inspection) {
  std::string text = Head(inspection);
  for (const LogAnomaly& anomaly : inspection.anomalies) {
    text += fmt::format("anomaly  {}, {} times, first at {}\n", anomaly.what, anomaly.count,
                        anomaly.first_where);
  }
  int fine = 0;
  // What is wrong first, then what could not be told.
  for (const Answer wanted : {Answer::kError, Answer::kWarning, Answer::kUnknown}) {
    for (const InspectCheck& check : inspection.checks) {
      if (check.status != wanted) continue;
      text += fmt::format("{:<8} {}{}: {}\n", Name(check.status), check.name,
                          check.where.empty() ? "" : " (" + check.where + ")", check.what);
      if (!check.remedy.empty()) text += fmt::format("{:<8} -> {}\n", "", check.remedy);
    }
  }
  for (const InspectCheck& check : inspection.checks) fine += check.status == Answer::kOk ? 1 : 0;
  return text + fmt::format("ok       {} of {} checks\n", fine, inspection.checks.size());
}

int Run(InspectOptions options, bool json) {
  std::error_code error;
  if (std::filesystem::is_regular_file(options.log, error))
    return ReportEventFile(options.log, json);
  ProgressLine line;
  options.progress = [&line](int64_t done, int64_t total) {
    line.Show(fmt::format("inspecting: {} of {} frames", done, total));
  };
  options.event_progress = [&line](int64_t events) {
    line.Show(fmt::format("inspecting: {:.1f} million events", 1e-6 * events));
  };
  const Result<Inspection> inspection = Inspect(options);
  line.Clear();
  if (!inspection) return Report(inspection.error());
  return Print(json ? ToJson(*inspection).dump(2, ' ', false, Json::error_handler_t::replace) + '\n'
                    : Text(*inspection));
}

}  // namespace

void AddInspectCommand(CLI::App& app, RunCommand& run) {
  auto options = std::make_shared<InspectOptions>();
  auto json = std::make_shared<bool>(false);
  CLI::App* command = app.add_subcommand(
      "inspect", "What is in a sensor log or an event file, and what is wrong with it");
  command
      ->add_option("PATH", options->log,
                   "sensor log folder, e.g. in EuRoC/ASL form; or an event file: RAW, DAT, AEDAT4, "
                   "HDF5 as DSEC's, Event Stream, ROS 1 bag, text")
      ->required();
  command
      ->add_option("--threads", options->threads,
                   "worker threads; the answer does not depend on it")
      ->check(CLI::Range(1, 256))
      ->capture_default_str();
  command->add_flag("--json", *json, "print what was found as one JSON object");
  command->footer(
      "Exit status: 0 whatever was found (look at the status of each check), 3 when the log or "
      "file "
      "cannot be read at all.");
  command->callback(
      [&run, options, json] { run = [options, json] { return Run(*options, *json); }; });
}

}  // namespace nightjar
