// SPDX-License-Identifier: Apache-2.0
#include "apps/nightjar/event_file_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "apps/nightjar/report.h"
#include "apps/pipeline/inspect_event_file.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;

template <typename T>
Json OrNull(bool known, T value) {
  return known ? Json(value) : Json(nullptr);
}

Json ToJson(const EventFileInspection& found) {
  Json streams = Json::array(), anomalies = Json::array();
  for (const EventFileInspection::Stream& stream : found.streams) streams.push_back(ToJson(stream));
  for (const EventAnomaly& anomaly : found.anomalies) {
    anomalies.push_back(
        {{"where", WhereOf(anomaly)}, {"kind", anomaly.kind}, {"count", anomaly.count}});
  }
  return {{"format", found.info.format},
          {"duration_s", found.duration_s},
          {"events", EventsToJson(found)},
          {"streams", streams},
          {"anomalies", anomalies}};
}

std::string Text(const EventFileInspection& found) {
  std::string text = fmt::format("{} file, {:.6f} s", found.info.format, found.duration_s);
  text += found.info.width > 0
              ? fmt::format(", {} x {} px\n\n", found.info.width, found.info.height)
              : std::string(", size of the sensor not said\n\n");
  text += fmt::format("{:<10} {:>12} {:>12} {:>14}\n", "stream", "count", "span [s]", "rate [Hz]");
  for (const EventFileInspection::Stream& stream : found.streams) {
    text += fmt::format("{:<10} {:>12} {:>12.6f} {:>14.3f}\n", stream.name, stream.delivered,
                        stream.duration_s(), stream.rate_hz());
  }
  text += fmt::format("\nevents   {} on, {} off", found.on, found.off);
  if (found.rate_p99_hz) text += fmt::format(", up to {:.0f} Hz (p99 of 1 ms)", *found.rate_p99_hz);
  if (found.x_max >= 0) text += fmt::format(", x to {}, y to {}", found.x_max, found.y_max);
  text += '\n';
  for (const EventAnomaly& anomaly : found.anomalies) {
    text += fmt::format("anomaly  {}, {} times, first at {}\n", anomaly.kind, anomaly.count,
                        WhereOf(anomaly));
  }
  return text;
}

}  // namespace

Json EventsToJson(const EventFileInspection& found) {
  const bool any = found.on + found.off > 0;
  Json rate = {{"mean", OrNull(found.rate_mean_hz.has_value(), found.rate_mean_hz.value_or(0))},
               {"p99", OrNull(found.rate_p99_hz.has_value(), found.rate_p99_hz.value_or(0))}};
  Json first, last;
  if (any) {
    first = ToNanoseconds(found.streams.front().first) / 1000;
    last = ToNanoseconds(found.streams.front().last) / 1000;
  }
  return {{"count", found.on + found.off},
          {"on", found.on},
          {"off", found.off},
          {"width", OrNull(found.info.width > 0, found.info.width)},
          {"height", OrNull(found.info.height > 0, found.info.height)},
          {"x_max", OrNull(any, found.x_max)},
          {"y_max", OrNull(any, found.y_max)},
          {"first_us", first},
          {"last_us", last},
          {"rate_hz", rate}};
}

Json ToJson(const EventFileInspection::Stream& stream) {
  return {{"name", stream.name},
          {"kind", stream.kind},
          {"delivered", stream.delivered},
          {"first_ns", ToNanoseconds(stream.first)},
          {"last_ns", ToNanoseconds(stream.last)},
          {"duration_s", stream.duration_s()},
          {"rate_hz", stream.rate_hz()}};
}

int ReportEventFile(const std::filesystem::path& file, bool json) {
  ProgressLine line;
  const Result<EventFileInspection> found = InspectEventFile(file, [&line](int64_t events) {
    line.Show(fmt::format("inspecting: {:.1f} million events", 1e-6 * events));
  });
  line.Clear();
  if (!found) return Report(found.error());
  return Print(json ? ToJson(*found).dump(2, ' ', false, Json::error_handler_t::replace) + '\n'
                    : Text(*found));
}

}  // namespace nightjar
