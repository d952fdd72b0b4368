// SPDX-License-Identifier: Apache-2.0
#include "spatial/time_charts.h"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "spatial/plan_projection.h"
#include "spatial/query/timeline.h"
#include "spatial/text_format.h"

namespace nightjar {
namespace {

constexpr double kWidthPx = 1200;
constexpr double kHeightPx = 150;
constexpr double kLeftPx = 70;
constexpr double kRightPx = 20;
constexpr double kTopPx = 30;
constexpr double kBottomPx = 24;
constexpr size_t kBins = 500;  // along time: more cannot be seen

struct Sample {
  double t_s = 0;
  double value = 0;
  int map = 0;
};

struct Chart {
  std::string title;
  std::string unit;
  const char* colour;
  bool from_zero = true;  // whether the axis begins at 0
  std::vector<Sample> samples;
};

// Of many samples in one bin of time the least and the greatest, in their order.
std::vector<Sample> Thinned(const std::vector<Sample>& samples, double span_s) {
  if (samples.size() <= 2 * kBins) return samples;
  std::vector<Sample> thinned;
  const auto bin_of = [&](const Sample& sample) {
    return static_cast<size_t>(kBins * std::clamp(sample.t_s / span_s, 0.0, 1.0));
  };
  for (size_t begin = 0; begin < samples.size();) {
    size_t end = begin, low = begin, high = begin;
    for (; end < samples.size() && bin_of(samples[end]) == bin_of(samples[begin]) &&
           samples[end].map == samples[begin].map;
         ++end) {
      if (samples[end].value < samples[low].value) low = end;
      if (samples[end].value > samples[high].value) high = end;
    }
    thinned.push_back(samples[std::min(low, high)]);
    if (low != high) thinned.push_back(samples[std::max(low, high)]);
    begin = end;
  }
  return thinned;
}

// How values and times lie in the picture.
struct Scale {
  double low = 0, high = 1, span_s = 1;
  double X(double t_s) const { return kLeftPx + (kWidthPx - kLeftPx - kRightPx) * t_s / span_s; }
  double Y(double value) const {
    return kHeightPx - kBottomPx - (kHeightPx - kTopPx - kBottomPx) * (value - low) / (high - low);
  }
};

Scale ScaleOf(const Chart& chart, double span_s) {
  const auto [low, high] =
      std::minmax_element(chart.samples.begin(), chart.samples.end(),
                          [](const Sample& a, const Sample& b) { return a.value < b.value; });
  Scale scale{chart.from_zero ? 0 : low->value, high->value, span_s > 0 ? span_s : 1};
  const double range = scale.high - scale.low;
  const double margin = range > 0 ? 0.05 * range : std::max(0.05, 0.1 * std::abs(scale.high));
  scale.high += margin;
  if (!chart.from_zero) scale.low -= margin;
  return scale;
}

std::string Lines(const Chart& chart, const Scale& scale) {
  std::string svg;
  const std::vector<Sample> samples = Thinned(chart.samples, scale.span_s);
  for (size_t begin = 0; begin < samples.size();) {
    std::string points;
    size_t end = begin;
    for (; end < samples.size() && samples[end].map == samples[begin].map; ++end)
      points +=
          Fixed(scale.X(samples[end].t_s), 1) + ',' + Fixed(scale.Y(samples[end].value), 1) + ' ';
    svg += fmt::format(
        "<polyline fill=\"none\" stroke=\"{}\" stroke-width=\"1.8\" stroke-linejoin=\"round\" "
        "points=\"{}\"/>\n",
        chart.colour, points);
    begin = end;
  }
  return svg;
}

std::string Axes(const Scale& scale) {
  std::string svg = "<g fill=\"#8d9ab3\" font-size=\"12\">\n";
  std::string grid;
  const double step = RoundDown125((scale.high - scale.low) / 2.2);
  for (double k = std::ceil(scale.low / step); k * step <= scale.high; ++k) {
    const double y = scale.Y(k * step);
    grid += fmt::format("M{} {}H{}", kLeftPx, Fixed(y, 1), kWidthPx - kRightPx);
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{:g}</text>\n", kLeftPx - 8,
                       Fixed(y + 4, 1), k * step == 0 ? 0.0 : k * step);
  }
  const double step_s = RoundDown125(scale.span_s / 5);
  for (double k = 0; k * step_s <= scale.span_s * (1 + 1e-9); ++k) {
    const double x = scale.X(k * step_s);
    grid += fmt::format("M{} {}V{}", Fixed(x, 1), kTopPx, kHeightPx - kBottomPx);
    svg += fmt::format("<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{:g} s</text>\n",
                       Fixed(x, 1), kHeightPx - 7, k * step_s);
  }
  return svg +
         fmt::format("</g>\n<path d=\"{}\" stroke=\"#ffffff\" stroke-opacity=\"0.08\"/>\n", grid);
}

std::string Svg(const Chart& chart, double span_s) {
  if (chart.samples.empty()) return {};
  const Scale scale = ScaleOf(chart, span_s);
  return fmt::format(
             "<svg viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"{2} along time\">\n"
             "<text x=\"{3}\" y=\"18\" fill=\"#e8ecf4\" font-size=\"14\">{2}, {4}</text>\n",
             kWidthPx, kHeightPx, chart.title, kLeftPx, chart.unit) +
         Axes(scale) + Lines(chart, scale) + "</svg>\n";
}

double WorstSigma(const Eigen::Matrix3d& covariance) {
  if (!covariance.allFinite()) return NAN;
  const Eigen::SelfAdjointEigenSolver<Eigen::Matrix3d> solver(covariance, Eigen::EigenvaluesOnly);
  return std::sqrt(std::max(0.0, solver.eigenvalues().maxCoeff()));
}

void Add(Chart& chart, double t_s, double value, int map) {
  if (std::isfinite(value)) chart.samples.push_back({t_s, value, map});
}

}  // namespace

std::string TimeCharts(const Session& session) {
  const Trajectory& path = session.closed_loop.empty() ? session.open_loop : session.closed_loop;
  if (path.empty()) return {};
  const SensorTime begin = path.front().state.time;
  const double span_s = ToSeconds(path.back().state.time - begin);
  const auto& aligned = session.scene.aligned;
  const bool floor = aligned && std::isfinite(aligned->floor_z_sigma_m);
  Chart height{
      floor ? "Height over the floor" : "Height over the origin", "m", "#2ec4b6", false, {}};
  Chart speed{"Speed", "m/s", "#4fa3f7", true, {}};
  int stretch = 0;  // of one map, without a gap
  int map = path.front().map;
  for (const TrajectoryRow& row : path) {
    if (row.map != map || !HasPlace(row.status)) ++stretch;
    map = row.map;
    if (!HasPlace(row.status)) continue;
    const double t_s = ToSeconds(row.state.time - begin);
    const bool in_scene = row.map == session.scene.map;
    const double z = row.state.T_world_body.translation.z();
    Add(height, t_s, floor && in_scene ? z - aligned->floor_z_m : z, stretch);
    Add(speed, t_s, row.state.velocity_world.norm(), stretch);
  }
  Chart position{"1σ of the position since the map's first keyframe", "cm", "#f4d35e", true, {}};
  Chart rotation{"1σ of the rotation since then", "degrees", "#f08a4b", true, {}};
  for (const Keyframe& keyframe : session.keyframes) {
    const double t_s = ToSeconds(keyframe.state.time - begin);
    Add(position, t_s, 100 * WorstSigma(keyframe.covariance.block<3, 3>(0, 0)), keyframe.map);
    Add(rotation, t_s, 180 / std::numbers::pi * WorstSigma(keyframe.covariance.block<3, 3>(3, 3)),
        keyframe.map);
  }
  return Svg(height, span_s) + Svg(speed, span_s) + Svg(position, span_s) + Svg(rotation, span_s);
}

}  // namespace nightjar
