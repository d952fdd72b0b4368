// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/allan_plot.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

namespace nightjar {
namespace {

constexpr double kPanelWidth_px = 460, kPanelHeight_px = 420;
constexpr double kLeft_px = 80, kTop_px = 50, kGap_px = 100;
constexpr const char* kColours[] = {"#c0392b", "#1e8449", "#2471a3"};  // x y z

// A panel with logarithmic axes: decades from `low` to `high`.
struct Panel {
  double left_px = 0;
  int x_low = 0, x_high = 0, y_low = 0, y_high = 0;

  double X(double tau_s) const {
    return left_px + kPanelWidth_px * (std::log10(tau_s) - x_low) / (x_high - x_low);
  }
  double Y(double deviation) const {
    const double share = (std::log10(deviation) - y_low) / (y_high - y_low);
    return kTop_px + kPanelHeight_px * (1 - std::clamp(share, 0.0, 1.0));
  }
};

std::string Line(double x1, double y1, double x2, double y2, const std::string& style) {
  return fmt::format("<line x1=\"{:.1f}\" y1=\"{:.1f}\" x2=\"{:.1f}\" y2=\"{:.1f}\" {}/>\n", x1, y1,
                     x2, y2, style);
}

std::string Text(double x, double y, const std::string& anchor, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n", x, y, anchor,
                     text);
}

Panel PanelOf(const SensorNoise& sensor, double left_px) {
  double low = HUGE_VAL, high = 0;
  for (const AxisNoise& axis : sensor.axes) {
    for (const AllanPoint& point : axis.curve.points) {
      low = std::min(low, point.variance);
      high = std::max(high, point.variance);
    }
  }
  const auto& points = sensor.axes[0].curve.points;
  Panel panel;
  panel.left_px = left_px;
  panel.x_low = static_cast<int>(std::floor(std::log10(points.front().tau_s)));
  panel.x_high = static_cast<int>(std::ceil(std::log10(points.back().tau_s)));
  panel.y_low = static_cast<int>(std::floor(0.5 * std::log10(low)));
  panel.y_high = static_cast<int>(std::ceil(0.5 * std::log10(high)));
  if (panel.y_high == panel.y_low) ++panel.y_high;
  return panel;
}

std::string Grid(const Panel& panel, const std::string& title, const std::string& unit) {
  const std::string grid = "stroke=\"#d5d8dc\"";
  const double bottom = kTop_px + kPanelHeight_px;
  std::string svg = Text(panel.left_px + kPanelWidth_px / 2, kTop_px - 16, "middle",
                         "Allan deviation, " + title + " [" + unit + "]");
  for (int k = panel.x_low; k <= panel.x_high; ++k) {
    const double x = panel.X(std::pow(10.0, k));
    svg +=
        Line(x, kTop_px, x, bottom, grid) + Text(x, bottom + 18, "middle", fmt::format("1e{}", k));
  }
  for (int k = panel.y_low; k <= panel.y_high; ++k) {
    const double y = panel.Y(std::pow(10.0, k));
    svg += Line(panel.left_px, y, panel.left_px + kPanelWidth_px, y, grid) +
           Text(panel.left_px - 8, y + 4, "end", fmt::format("1e{}", k));
  }
  return svg +
         Text(panel.left_px + kPanelWidth_px / 2, bottom + 38, "middle", "averaging time [s]");
}

// Points with bars of 68 %: the variance has a chi-square distribution, nearly log-normal.
std::string Measured(const Panel& panel, const AxisNoise& axis, const char* colour) {
  const Eigen::MatrixXd C = AllanCovariance(axis.curve.points, axis.curve.piece_sizes,
                                            axis.curve.interval_s, axis.fit.squares);
  std::string svg;
  for (size_t i = 0; i < axis.curve.points.size(); ++i) {
    const AllanPoint& point = axis.curve.points[i];
    const auto k = static_cast<Eigen::Index>(i);
    const double deviation = std::sqrt(point.variance);
    const double spread = std::exp(0.5 * std::sqrt(C(k, k)) / point.variance);
    const double x = panel.X(point.tau_s);
    svg += Line(x, panel.Y(deviation / spread), x, panel.Y(deviation * spread),
                fmt::format("stroke=\"{}\"", colour));
    svg += fmt::format("<circle cx=\"{:.1f}\" cy=\"{:.1f}\" r=\"3\" fill=\"{}\"/>\n", x,
                       panel.Y(deviation), colour);
  }
  return svg;
}

// The model of the three axes together, and its white noise and random walk alone.
std::string Fitted(const Panel& panel, const AxisNoise& combined) {
  const std::vector<AllanPoint>& points = combined.curve.points;
  const auto path = [&](const NoiseSquares& squares, const char* style) {
    std::string d;
    for (const AllanPoint& point : points) {
      double variance = 0;
      for (int term = 0; term < kNoiseTerms; ++term)
        variance += squares[term] * AllanVarianceOf(static_cast<NoiseTerm>(term), point.width,
                                                    combined.curve.interval_s);
      if (!(variance > 0)) continue;
      d += fmt::format("{}{:.1f},{:.1f}", d.empty() ? "M" : " L", panel.X(point.tau_s),
                       panel.Y(std::sqrt(variance)));
    }
    return fmt::format("<path d=\"{}\" fill=\"none\" stroke=\"#1c2833\" {}/>\n", d, style);
  };
  std::string svg = path(combined.fit.squares, "stroke-width=\"1.5\"");
  for (int term = 0; term < kNoiseTerms; ++term) {
    NoiseSquares alone = NoiseSquares::Zero();
    alone[term] = combined.fit.squares[term];
    if (alone[term] > 0) svg += path(alone, "stroke-dasharray=\"4 4\" stroke-opacity=\"0.6\"");
  }
  return svg;
}

}  // namespace

std::string AllanPlotSvg(const ImuNoiseCalibration& calibration) {
  const double width = 2 * kPanelWidth_px + 2 * kLeft_px + kGap_px - 40;
  const double height = kPanelHeight_px + kTop_px + 80;
  std::string svg = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
      "height=\"{1:.0f}\" font-family=\"sans-serif\" font-size=\"13\">\n"
      "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n",
      width, height);
  double left = kLeft_px;
  for (const auto& [sensor, title, unit] :
       {std::tuple(&calibration.gyro, "gyroscope", "rad/s"),
        std::tuple(&calibration.accelerometer, "accelerometer", "m/s²")}) {
    const Panel panel = PanelOf(*sensor, left);
    svg += Grid(panel, title, unit);
    for (size_t k = 0; k < 3; ++k) svg += Measured(panel, sensor->axes[k], kColours[k]);
    svg += Fitted(panel, sensor->combined);
    left += kPanelWidth_px + kGap_px;
  }
  const double y = height - 12;
  for (size_t k = 0; k < 3; ++k)
    svg += fmt::format("<text x=\"{:.0f}\" y=\"{:.0f}\" fill=\"{}\">{}</text>\n",
                       kLeft_px + 20 * static_cast<double>(k), y, kColours[k], "xyz"[k]);
  svg += Text(kLeft_px + 70, y, "start",
              "measured, 68 %; line: model of the three, dashed: its terms");
  return svg + "</svg>\n";
}

}  // namespace nightjar
