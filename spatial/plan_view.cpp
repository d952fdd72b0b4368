// SPDX-License-Identifier: Apache-2.0
#include "spatial/plan_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "spatial/plan_layers.h"
#include "spatial/plan_projection.h"
#include "spatial/query/timeline.h"
#include "spatial/text_format.h"

namespace nightjar {
namespace {

using plan::Px;

constexpr double kWidthPx = 1200;
constexpr double kHeightPx = 800;

constexpr const char* kInk = "#e8ecf4";
constexpr const char* kFaintInk = "#8d9ab3";

std::string Text(double x, double y, std::string_view style, std::string_view text) {
  return fmt::format("<text x=\"{}\" y=\"{}\" {}>{}</text>\n", Px(x), Px(y), style, text);
}

std::string EndMarks(const PlanProjection& projection, const Trajectory& path) {
  const auto mark = [&](const TrajectoryRow& row, const char* label, bool filled, double side) {
    const Eigen::Vector2d p = projection.ToPixel(row.state.T_world_body.translation);
    const std::string colour = plan::TimeColour(plan::TimeShare(path, row.state.time));
    return fmt::format(
               "<circle cx=\"{}\" cy=\"{}\" r=\"7\" fill=\"{}\" stroke=\"{}\" "
               "stroke-width=\"3\"/>\n",
               Px(p.x()), Px(p.y()), filled ? colour : std::string("#0e1525"),
               filled ? std::string("#ffffff") : colour) +
           Text(p.x() + side * 14, p.y() + 5,
                fmt::format("class=\"halo\" text-anchor=\"{}\" fill=\"{}\" font-size=\"15\" "
                            "font-weight=\"600\"",
                            side > 0 ? "start" : "end", kInk),
                label);
  };
  const auto has_place = [](const TrajectoryRow& row) { return HasPlace(row.status); };
  const auto first = std::find_if(path.begin(), path.end(), has_place);
  const auto last = std::find_if(path.rbegin(), path.rend(), has_place);
  if (first == path.end()) return {};
  const double x_start = first->state.T_world_body.translation.x();
  const double x_end = last->state.T_world_body.translation.x();
  const double side = x_start <= x_end ? -1 : 1;  // each label away from the other mark
  return mark(*first, "start", false, side) + mark(*last, "end", true, -side);
}

std::string Metres(double metres) {
  if (metres >= 1) return fmt::format("{:g} m", metres);
  return metres >= 0.01 ? fmt::format("{:g} cm", 100 * metres)
                        : fmt::format("{:g} mm", 1000 * metres);
}

std::string ScaleBar(const PlanProjection& projection, double bar_m) {
  const double x = 40;
  const double y = kHeightPx - 44;
  const double length = bar_m * projection.pixels_per_metre;
  return fmt::format(
             "<path d=\"M{} {}v10h{}v-10\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n",
             Px(x), Px(y - 10), Px(length), kInk) +
         Text(x + length / 2, y - 16,
              fmt::format("class=\"halo\" text-anchor=\"middle\" fill=\"{}\" font-size=\"15\"",
                          kInk),
              Metres(bar_m));
}

std::string Axes() {
  // A corner with x to the right and y up: enough to say which way the world lies.
  const double x = 40;
  const double y = kHeightPx - 104;
  return fmt::format(
             "<path d=\"M{0} {1}v-34m-4 7l4 -7l4 7M{0} {1}h34m-7 -4l7 4l-7 4\" fill=\"none\" "
             "stroke=\"{2}\" "
             "stroke-width=\"1.5\"/>\n",
             Px(x), Px(y), kFaintInk) +
         Text(x + 40, y + 4, fmt::format("fill=\"{}\" font-size=\"13\"", kFaintInk), "x") +
         Text(x - 4, y - 41, fmt::format("fill=\"{}\" font-size=\"13\"", kFaintInk), "y");
}

std::string Legend(const Trajectory& path, size_t ellipses, double exaggeration, size_t dots) {
  const double right = kWidthPx - 40;
  const double bar_width = 200;
  double y = kHeightPx - 44;
  const std::string small =
      fmt::format("text-anchor=\"end\" class=\"halo\" fill=\"{}\" font-size=\"13\"", kFaintInk);
  std::string svg = fmt::format(
      "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"8\" rx=\"4\" fill=\"url(#time)\"/>\n",
      Px(right - bar_width), Px(y - 8), Px(bar_width));
  const double span_s = ToSeconds(path.back().state.time - path.front().state.time);
  svg += Text(right, y - 16, small, fmt::format("{} s", Fixed(span_s, 1)));
  svg += Text(right - bar_width, y - 16,
              fmt::format("class=\"halo\" fill=\"{}\" font-size=\"13\"", kFaintInk), "0 s");
  y -= 44;
  if (dots > 0) {
    svg += Text(right, y, small, "dots: landmarks, fading with their 1σ (2 cm … 1 m)");
    y -= 22;
  }
  if (ellipses > 0) {
    svg += Text(
        right, y, small,
        exaggeration > 1
            ? fmt::format("ellipses: 1σ and 2σ of the position, drawn {:g}× larger", exaggeration)
            : std::string("ellipses: 1σ and 2σ of the position, to scale"));
  }
  return svg;
}

std::string Caption(const Session& session) {
  const SessionStatistics statistics = Summarise(session);
  std::string figures = fmt::format("{} m of path in {} s · {} frames, {} % usable",
                                    Fixed(statistics.length_m, 2), Fixed(statistics.duration_s, 1),
                                    statistics.frames, Fixed(100 * statistics.coverage, 1));
  figures += fmt::format(" · {} keyframes · {} landmarks", session.keyframes.size(),
                         session.landmarks.size());
  if (!session.keyframes.empty()) {
    const Ellipse ellipse = SigmaEllipse(session.keyframes.back().covariance.topLeftCorner<2, 2>());
    if (std::isfinite(ellipse.major) && ellipse.major > 0) {
      figures += fmt::format(" · 1σ at the end {} mm", Fixed(1000 * ellipse.major, 1));
    }
  }
  return Text(40, 52,
              fmt::format("class=\"halo\" fill=\"{}\" font-size=\"22\" font-weight=\"600\"", kInk),
              "Plan view") +
         Text(40, 80, fmt::format("class=\"halo\" fill=\"{}\" font-size=\"15\"", kFaintInk),
              figures);
}

// Darkens what lies under the words, so that they can be read above any number of dots.
std::string Shades() {
  return fmt::format(
      "<rect width=\"100%\" height=\"150\" fill=\"url(#shade)\"/>\n<rect width=\"100%\" "
      "height=\"170\" "
      "fill=\"url(#shade)\" transform=\"translate(0 {}) scale(1 -1)\"/>\n",
      Px(kHeightPx));
}

std::string Header() {
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:g} {1:g}\" width=\"{0:g}\" "
      "height=\"{1:g}\" "
      "font-family=\"Inter, 'Helvetica Neue', Helvetica, Arial, 'DejaVu Sans', sans-serif\" "
      "role=\"img\" "
      "aria-label=\"The path and its surroundings from above\">\n<defs>\n<linearGradient "
      "id=\"time\">",
      kWidthPx, kHeightPx);
  for (int k = 0; k <= 10; ++k) {
    svg += fmt::format("<stop offset=\"{}\" stop-color=\"{}\"/>", Fixed(0.1 * k, 1),
                       plan::TimeColour(0.1 * k));
  }
  svg +=
      "</linearGradient>\n<radialGradient id=\"night\" cx=\"0.5\" cy=\"0.45\" r=\"0.8\">"
      "<stop offset=\"0\" stop-color=\"#17213a\"/><stop offset=\"1\" "
      "stop-color=\"#0b101d\"/></radialGradient>\n"
      "<linearGradient id=\"shade\" x2=\"0\" y2=\"1\"><stop offset=\"0.5\" stop-color=\"#0c1120\" "
      "stop-opacity=\"0.82\"/>"
      "<stop offset=\"1\" stop-color=\"#0c1120\" stop-opacity=\"0\"/></linearGradient>\n"
      "<clipPath id=\"frame\"><rect width=\"100%\" height=\"100%\" "
      "rx=\"14\"/></clipPath>\n</defs>\n"
      "<style>.halo{paint-order:stroke;stroke:#0e1525;stroke-width:4px;stroke-linejoin:round}</"
      "style>\n"
      "<g clip-path=\"url(#frame)\">\n<rect width=\"100%\" height=\"100%\" "
      "fill=\"url(#night)\"/>\n";
  return svg;
}

}  // namespace

std::string PlanViewSvg(const Session& session) {
  const Trajectory& path = session.closed_loop.empty() ? session.open_loop : session.closed_loop;
  std::string svg = Header();
  if (path.empty()) {
    return svg +
           Text(kWidthPx / 2, kHeightPx / 2,
                fmt::format("text-anchor=\"middle\" fill=\"{}\"", kInk), "no poses") +
           "</g>\n</svg>\n";
  }
  const PlanProjection projection = FitPlan(path, session.landmarks, {kWidthPx, kHeightPx});
  // Keyframes and landmarks live in the map; without a final pass the path is not in its frame.
  static const std::vector<Keyframe> kNoKeyframes;
  const bool in_map = !session.closed_loop.empty();
  const std::vector<const Keyframe*> keyframes =
      plan::EllipseKeyframes(in_map ? session.keyframes : kNoKeyframes);
  const double exaggeration = plan::Exaggeration(projection, keyframes);
  const double bar_m = RoundDown125(220 / projection.pixels_per_metre);
  size_t dots = 0;
  svg += plan::Grid(projection, bar_m);
  if (in_map) svg += plan::Dots(projection, session.landmarks, dots);
  svg += Shades();
  svg += plan::Ellipses(projection, path, keyframes, exaggeration);
  svg += plan::PathLines(projection, path);
  svg += EndMarks(projection, path);
  svg += ScaleBar(projection, bar_m) + Axes() + Legend(path, keyframes.size(), exaggeration, dots) +
         Caption(session);
  return svg + "</g>\n</svg>\n";
}

}  // namespace nightjar
