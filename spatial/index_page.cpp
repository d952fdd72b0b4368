// SPDX-License-Identifier: Apache-2.0
#include "spatial/index_page.h"

#include <fmt/format.h>

#include <cmath>

#include "spatial/room_view.h"
#include "spatial/side_view.h"
#include "spatial/text_format.h"
#include "spatial/time_charts.h"

namespace nightjar {
namespace {

constexpr const char* kStyle = R"css(
:root { color-scheme: dark; }
body { margin: 0 auto; max-width: 1200px; padding: 24px; background: #080c15; color: #e8ecf4;
  font: 16px/1.5 Inter, "Helvetica Neue", Helvetica, Arial, "DejaVu Sans", sans-serif; }
h1 { font-size: 24px; margin: 0 0 4px; } h2 { font-size: 18px; margin: 32px 0 8px; }
.faint { color: #8d9ab3; } svg { width: 100%; height: auto; display: block; }
dl { display: flex; flex-wrap: wrap; gap: 12px; margin: 16px 0 0; }
dl div { background: #131b2e; border-radius: 10px; padding: 10px 16px; min-width: 110px; }
dt { color: #8d9ab3; font-size: 13px; } dd { margin: 0; font-size: 20px; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; vertical-align: top;
  padding: 6px 12px 6px 0; border-top: 1px solid #1d2740; } th { color: #8d9ab3; font-weight: 400; }
.pictures { display: flex; flex-wrap: wrap; gap: 8px; } .pictures img { height: 150px; width: auto; display: block;
  background: #131b2e; } .pictures a { color: #8d9ab3; font-size: 13px; text-decoration: none; }
pre { background: #131b2e; border-radius: 10px; padding: 16px; overflow: auto; white-space: pre-wrap;
  font: 13px/1.45 "DejaVu Sans Mono", monospace; }
.SUCCESS { color: #8cd678; } .WARNING { color: #f4d35e; } .ERROR { color: #ff7b72; }
)css";

const char* StatusColour(TrackingStatus status) {
  switch (status) {
    case TrackingStatus::kTracking: return "#2ec4b6";
    case TrackingStatus::kWaiting: return "#9aa0a6";
    case TrackingStatus::kInitialising: return "#4962d6";
    case TrackingStatus::kDegraded: return "#f4d35e";
    case TrackingStatus::kDeadReckoned: return "#f08a4b";
    case TrackingStatus::kLost: return "#ff5d5d";
  }
  return "#ff5d5d";
}

std::string Figure(std::string_view name, std::string_view value) {
  return fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", name, value);
}

std::string Figures(const Session& session) {
  const SessionStatistics statistics = Summarise(session);
  return "<dl>\n" + Figure("duration", Fixed(statistics.duration_s, 2) + " s") +
         Figure("path", Fixed(statistics.length_m, 2) + " m") +
         Figure("frames", std::to_string(statistics.frames)) +
         Figure("coverage", Fixed(100 * statistics.coverage, 1) + " %") +
         Figure("keyframes", std::to_string(session.keyframes.size())) +
         Figure("landmarks", std::to_string(session.landmarks.size())) + "</dl>\n";
}

// One band along time, a rectangle per stretch of equal status.
std::string HealthBand(const Session& session) {
  const std::vector<FrameHealth>& health = session.health;
  if (health.empty()) return {};
  std::string svg = fmt::format(
      "<h2>Health</h2>\n<svg viewBox=\"0 0 {} 1\" preserveAspectRatio=\"none\" "
      "style=\"height:28px\">\n",
      health.size());
  for (size_t begin = 0; begin < health.size();) {
    size_t end = begin + 1;
    while (end < health.size() && health[end].status == health[begin].status &&
           health[end].reason == health[begin].reason) {
      ++end;
    }
    const std::string reason =
        health[begin].reason.empty() ? "" : ": " + EscapeMarkup(health[begin].reason);
    svg += fmt::format(
        "<rect x=\"{}\" width=\"{}\" height=\"1\" fill=\"{}\"><title>frames {} to {}, "
        "{}{}</title></rect>\n",
        begin, end - begin, StatusColour(health[begin].status), begin, end - 1,
        StatusName(health[begin].status), reason);
    begin = end;
  }
  svg += "</svg>\n<p class=\"faint\">";
  for (const TrackingStatus status :
       {TrackingStatus::kTracking, TrackingStatus::kWaiting, TrackingStatus::kInitialising,
        TrackingStatus::kDegraded, TrackingStatus::kDeadReckoned, TrackingStatus::kLost}) {
    svg += fmt::format("<span style=\"color:{}\">■</span> {} &nbsp; ", StatusColour(status),
                       StatusName(status));
  }
  return svg + "</p>\n";
}

std::string Stages(const Session& session) {
  if (session.stages.empty()) return {};
  std::string html = "<h2>Stages</h2>\n<table>\n";
  for (const StageReport& stage : session.stages) {
    std::string lines;
    for (const auto* texts : {&stage.errors, &stage.warnings, &stage.info}) {
      for (const std::string& text : *texts) lines += EscapeMarkup(text) + "<br>";
    }
    html += fmt::format("<tr><td>{}</td><td class=\"{}\">{}</td><td>{}</td></tr>\n",
                        EscapeMarkup(stage.name), OutcomeName(stage.outcome),
                        OutcomeName(stage.outcome), lines);
  }
  return html + "</table>\n";
}

std::string Section(std::string_view title, const std::string& content) {
  return content.empty() ? std::string() : fmt::format("<h2>{}</h2>\n{}", title, content);
}

// The scene, where there is one.
std::string Surroundings(const Session& session) {
  const std::string room = RoomViewSvg(session);
  if (room.empty()) return {};
  const auto& aligned = session.scene.aligned;
  const char* heights = aligned && std::isfinite(aligned->floor_z_sigma_m)
                            ? "between 0.3 and 1.8 m over the floor"
                            : "from 0.75 m under to 0.5 m over the path (no floor was seen)";
  std::string words = RoomCaption(session.scene);
  if (!words.empty()) words = fmt::format("<p>{}</p>\n", words);
  return Section("Surroundings",
                 room + words +
                     fmt::format("<p class=\"faint\"><span style=\"color:#1f4b52\">■</span> free "
                                 "&nbsp; <span style=\"color:#c8754a\">■</span> in the way {} "
                                 "&nbsp; dark: unknown &nbsp; white: walls &nbsp; yellow: tables "
                                 "&nbsp; violet: other planes</p>\n",
                                 heights));
}

// As a model gets it.
std::string Context(std::string_view text) {
  if (text.empty()) return {};
  return Section("Context, as a model gets it", "<pre>" + EscapeMarkup(text) + "</pre>\n");
}

// By their place beside the page; a browser loads those that are looked at.
std::string Pictures(const Session& session) {
  if (session.images.empty()) return {};
  const SensorTime begin = session.open_loop.empty() ? session.images.front().time
                                                     : session.open_loop.front().state.time;
  std::string html = "<h2>Pictures of keyframes</h2>\n<div class=\"pictures\">\n";
  for (const KeyframeImage& image : session.images) {
    const std::string file = EscapeMarkup(image.file);
    html += fmt::format(
        "<a href=\"{0}\"><img src=\"{0}\" loading=\"lazy\" width=\"{1}\" height=\"{2}\" "
        "alt=\"\">{3} s</a>\n",
        file, image.width, image.height, Fixed(ToSeconds(image.time - begin), 2));
  }
  return html + "</div>\n";
}

std::string CountsAndAnomalies(const Session& session) {
  std::string html;
  if (!session.counts.empty()) {
    html += "<h2>Counts</h2>\n<table>\n";
    for (const auto& [name, count] : session.counts) {
      html += fmt::format("<tr><td>{}</td><td>{}</td></tr>\n", EscapeMarkup(name), count);
    }
    html += "</table>\n";
  }
  if (!session.anomalies.empty()) {
    html +=
        "<h2>Anomalies of the input</h2>\n<table>\n<tr><th>what</th><th>first "
        "at</th><th>times</th></tr>\n";
    for (const SessionAnomaly& anomaly : session.anomalies) {
      html += fmt::format("<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                          EscapeMarkup(anomaly.what), EscapeMarkup(anomaly.where), anomaly.count);
    }
    html += "</table>\n";
  }
  return html;
}

}  // namespace

std::string EscapeMarkup(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      case '\'': escaped += "&#39;"; break;
      default: escaped += c;
    }
  }
  return escaped;
}

std::string IndexPage(const Session& session, std::string_view plan_view_svg,
                      std::string_view context_text) {
  std::string html =
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>Nightjar "
      "session</title>\n<style>";
  html += kStyle;
  html += "</style>\n</head>\n<body>\n<h1>Nightjar session</h1>\n";
  html += fmt::format("<p class=\"faint\">input {} · map {}</p>\n",
                      EscapeMarkup(session.input_identity), DeriveIds(session).graph_uid);
  html += plan_view_svg;
  html += Figures(session) + Surroundings(session) + Context(context_text) + HealthBand(session) +
          Section("Along time", TimeCharts(session)) +
          Section("From the side", SideViewSvg(session)) + Pictures(session) + Stages(session) +
          CountsAndAnomalies(session);
  return html + "</body>\n</html>\n";
}

}  // namespace nightjar
