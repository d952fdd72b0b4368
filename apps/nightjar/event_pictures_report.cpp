// SPDX-License-Identifier: Apache-2.0
#include "apps/nightjar/event_pictures_report.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>

#include "apps/nightjar/report.h"

namespace nightjar {
namespace {

using Json = nlohmann::ordered_json;

const std::map<SensorSizeSource, const char*> kSizeSources = {
    {SensorSizeSource::kFile, "file"},
    {SensorSizeSource::kOption, "option"},
    {SensorSizeSource::kRig, "rig"},
    {SensorSizeSource::kEvents, "events"}};

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

Json ToJson(const EventPicturesSummary& summary, const std::string& view) {
  Json filters = Json::array(), anomalies = Json::array();
  for (const EventFilterCount& count : summary.filters) {
    filters.push_back(
        {{"name", count.filter}, {"offered", count.offered}, {"passed", count.passed}});
  }
  for (const EventAnomaly& anomaly : summary.anomalies) {
    anomalies.push_back(
        {{"where", WhereOf(anomaly)}, {"kind", anomaly.kind}, {"count", anomaly.count}});
  }
  for (const LogAnomaly& anomaly : summary.imu_anomalies) {
    anomalies.push_back(
        {{"where", anomaly.first_where}, {"kind", anomaly.what}, {"count", anomaly.count}});
  }
  return {{"format", summary.info.format},
          {"width", summary.width},
          {"height", summary.height},
          {"size_from", kSizeSources.at(summary.size_source)},
          {"as", view},
          {"pictures", summary.pictures},
          {"written", WrittenToJson(summary)},
          {"warp", WarpToJson(summary)},
          {"filters", filters},
          {"anomalies", anomalies}};
}

std::string Text(const EventPicturesSummary& summary, const EventPicturesOptions& options) {
  const std::string what = options.format == EventPictureFormat::kNpy ? "array" : "picture";
  std::string text = fmt::format("{} {}{} of {} x {} px, written {}\n", summary.pictures, what,
                                 summary.pictures == 1 ? "" : "s", summary.shape.back(),
                                 *(summary.shape.end() - 2), options.output.string());
  if (summary.gif_pictures > 0 && summary.gif_pictures < summary.pictures)
    text += fmt::format("pictures.gif has the first {}\n", summary.gif_pictures);
  if (summary.warp && summary.warp->pictures_without_gyro > 0)
    text += fmt::format("{} without a sample of the gyro nearby, as they are\n",
                        summary.warp->pictures_without_gyro);
  if (summary.size_source == SensorSizeSource::kEvents) {
    text +=
        fmt::format("the file does not say the size of its sensor: events reach over {} x {} px\n",
                    summary.width, summary.height);
  }
  for (const EventFilterCount& count : summary.filters) {
    if (count.offered != count.passed)
      text +=
          fmt::format("{:<12} {} of {} events passed\n", count.filter, count.passed, count.offered);
  }
  for (const EventAnomaly& anomaly : summary.anomalies)
    text += fmt::format("{}: {}, first at {}\n", anomaly.kind, anomaly.count, WhereOf(anomaly));
  for (const LogAnomaly& anomaly : summary.imu_anomalies)
    text += fmt::format("{}: {}, first at {}\n", anomaly.what, anomaly.count, anomaly.first_where);
  return text;
}

}  // namespace

int ReportEventPictures(const EventPicturesSummary& summary, const EventPicturesOptions& options,
                        const std::string& view, bool json) {
  return Print(json ? ToJson(summary, view).dump(2, ' ', false, Json::error_handler_t::replace) +
                          '\n'
                    : Text(summary, options));
}

}  // namespace nightjar
