// SPDX-License-Identifier: Apache-2.0
#include "spatial/plan_layers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "spatial/query/timeline.h"
#include "spatial/scene_files.h"
#include "spatial/text_format.h"

namespace nightjar::plan {
namespace {

constexpr int kColourSteps = 96;          // of the path: one polyline each
constexpr size_t kMostEllipses = 36;      // more of them hide the path
constexpr size_t kMostDots = 8000;        // a browser draws these at once
constexpr double kLargestEllipsePx = 38;  // 2 sigma, half axis: the exaggeration is chosen for it

using Rgb = std::array<double, 3>;

std::string Hex(const Rgb& colour) {
  return fmt::format("#{:02x}{:02x}{:02x}", std::lround(colour[0]), std::lround(colour[1]),
                     std::lround(colour[2]));
}

// Cold to warm at rising lightness, so that the order survives a greyscale print.
Rgb MixStops(double share) {
  constexpr std::array<Rgb, 6> kStops = {{{73, 98, 214},
                                          {40, 152, 222},
                                          {46, 196, 182},
                                          {140, 214, 120},
                                          {244, 211, 94},
                                          {255, 239, 190}}};
  const double position = std::clamp(share, 0.0, 1.0) * (kStops.size() - 1);
  const size_t k = std::min(static_cast<size_t>(position), kStops.size() - 2);
  const double u = position - static_cast<double>(k);
  Rgb colour;
  for (size_t c = 0; c < 3; ++c) colour[c] = (1 - u) * kStops[k][c] + u * kStops[k + 1][c];
  return colour;
}

struct DotClass {
  double sigma_m;  // up to this 1 sigma along the ray
  double opacity;
};
constexpr std::array<DotClass, 5> kDotClasses = {
    {{0.02, 0.95}, {0.05, 0.7}, {0.1, 0.48}, {0.25, 0.3}, {1.0, 0.16}}};

const char* StyleOf(SurfaceKind kind) {
  switch (kind) {
    case SurfaceKind::kFloor:
    case SurfaceKind::kCeiling: return "fill=\"none\" stroke=\"#8d9ab3\" stroke-dasharray=\"4 5\"";
    case SurfaceKind::kWall: return "fill=\"none\" stroke=\"#e8ecf4\" stroke-width=\"3\"";
    case SurfaceKind::kTable: return "fill=\"#f4d35e\" fill-opacity=\"0.35\" stroke=\"#f4d35e\"";
    case SurfaceKind::kPlane: return "fill=\"none\" stroke=\"#9d8df1\"";
  }
  return "";
}

}  // namespace

std::string TimeColour(double share) { return Hex(MixStops(share)); }

std::string Px(double value) { return Fixed(value, 1); }

double TimeShare(const Trajectory& path, SensorTime time) {
  const double span_s = ToSeconds(path.back().state.time - path.front().state.time);
  return span_s > 0 ? ToSeconds(time - path.front().state.time) / span_s : 0;
}

// Faint lines at round metres tell distances anywhere in the picture.
std::string Grid(const PlanProjection& plan, double step_m) {
  std::string d;
  const Eigen::Vector2d half_m = plan.half_size_px / plan.pixels_per_metre;
  const auto lines = [&](int axis, auto draw) {
    const double first = std::ceil((plan.centre_world[axis] - half_m[axis]) / step_m);
    const double last = std::floor((plan.centre_world[axis] + half_m[axis]) / step_m);
    for (double k = first; k <= last; ++k)
      draw(plan.ToPixel(Eigen::Vector3d::Constant(k * step_m)));
  };
  lines(0, [&](const Eigen::Vector2d& p) {
    d += fmt::format("M{} 0V{}", Px(p.x()), Px(2 * plan.half_size_px.y()));
  });
  lines(1, [&](const Eigen::Vector2d& p) {
    d += fmt::format("M0 {}H{}", Px(p.y()), Px(2 * plan.half_size_px.x()));
  });
  return fmt::format("<path d=\"{}\" stroke=\"#ffffff\" stroke-opacity=\"0.045\"/>\n", d);
}

std::string Dots(const PlanProjection& plan, const std::vector<Landmark>& landmarks,
                 size_t& shown) {
  std::array<std::string, kDotClasses.size()> paths;
  const size_t stride = landmarks.size() / kMostDots + 1;
  shown = 0;
  for (size_t k = 0; k < landmarks.size(); k += stride) {
    const Landmark& landmark = landmarks[k];
    const auto dot_class =
        std::find_if(kDotClasses.begin(), kDotClasses.end(),
                     [&](const DotClass& c) { return landmark.distance_sigma <= c.sigma_m; });
    const Eigen::Vector2d pixel = plan.ToPixel(landmark.position_world);
    if (dot_class == kDotClasses.end() || !pixel.allFinite() || !plan.Contains(pixel, 3)) continue;
    paths[static_cast<size_t>(dot_class - kDotClasses.begin())] +=
        fmt::format("M{} {}h0", Px(pixel.x()), Px(pixel.y()));
    ++shown;
  }
  std::string svg = "<g stroke=\"#b9c9ee\" stroke-width=\"3.2\" stroke-linecap=\"round\">\n";
  for (size_t k = kDotClasses.size(); k-- > 0;) {  // the most certain on top
    if (paths[k].empty()) continue;
    svg +=
        fmt::format("<path stroke-opacity=\"{}\" d=\"{}\"/>\n", kDotClasses[k].opacity, paths[k]);
  }
  return svg + "</g>\n";
}

std::string PathLines(const PlanProjection& plan, const Trajectory& path) {
  std::string svg =
      "<g fill=\"none\" stroke-width=\"3.4\" stroke-linecap=\"round\" stroke-linejoin=\"round\">\n";
  std::string points;
  int step = 0;
  Eigen::Vector2d last = Eigen::Vector2d::Constant(-1e9);
  const auto flush = [&] {
    if (points.empty()) return;
    svg += fmt::format("<polyline stroke=\"{}\" points=\"{}\"/>\n",
                       TimeColour((step + 0.5) / kColourSteps), points);
  };
  int map = path.empty() ? 0 : path.front().map;
  for (const TrajectoryRow& row : path) {
    const Eigen::Vector2d pixel = plan.ToPixel(row.state.T_world_body.translation);
    if (!pixel.allFinite()) continue;
    // Nobody knows how one map lies to the next, nor where a lost body is: no line between them.
    if (row.map != map || !HasPlace(row.status)) {
      flush();
      points.clear();
      last.setConstant(-1e9);
      map = row.map;
    }
    if (!HasPlace(row.status)) continue;
    const int row_step = std::min(kColourSteps - 1,
                                  static_cast<int>(kColourSteps * TimeShare(path, row.state.time)));
    if (points.empty()) step = row_step;
    if (row_step == step && (pixel - last).norm() < 0.3) continue;
    const std::string point = fmt::format("{},{} ", Px(pixel.x()), Px(pixel.y()));
    points += point;
    last = pixel;
    if (row_step != step) {  // the next colour begins where this one ends
      flush();
      points = point;
      step = row_step;
    }
  }
  flush();
  return svg + "</g>\n";
}

std::string Surfaces(const PlanProjection& plan, const Se3& T_drawn_world,
                     const std::vector<Surface>& surfaces) {
  std::string svg = "<g stroke-linejoin=\"round\">\n";
  for (const Surface& surface : surfaces) {
    std::string points;
    for (const Eigen::Vector3d& corner : surface.polygon_world) {
      const Eigen::Vector2d p = plan.ToPixel(T_drawn_world * corner);
      points += Px(p.x()) + ',' + Px(p.y()) + ' ';
    }
    svg += fmt::format("<polygon {} points=\"{}\"><title>{} {}, {} m²</title></polygon>\n",
                       StyleOf(surface.kind), points, SurfaceKindName(surface.kind), surface.id,
                       Fixed(surface.area_m2, 1));
  }
  return svg + "</g>\n";
}

// Keyframes whose ellipses are drawn: evenly spread over the list, the last one included.
std::vector<const Keyframe*> EllipseKeyframes(const std::vector<Keyframe>& keyframes) {
  std::vector<const Keyframe*> chosen;
  const size_t count = std::min(keyframes.size(), kMostEllipses);
  for (size_t k = 0; k < count; ++k) {
    const Keyframe& keyframe = keyframes[(k + 1) * keyframes.size() / count - 1];
    if (keyframe.covariance.topLeftCorner<2, 2>().allFinite()) chosen.push_back(&keyframe);
  }
  return chosen;
}

// How much larger than true the ellipses are drawn: 1, or a round factor that makes the largest one
// easy to see.
double Exaggeration(const PlanProjection& plan, const std::vector<const Keyframe*>& keyframes) {
  double largest_m = 0;
  for (const Keyframe* keyframe : keyframes) {
    largest_m =
        std::max(largest_m, 2 * SigmaEllipse(keyframe->covariance.topLeftCorner<2, 2>()).major);
  }
  const double factor = kLargestEllipsePx / (plan.pixels_per_metre * largest_m);
  return largest_m > 0 && factor > 1 ? RoundDown125(factor) : 1;
}

std::string Ellipses(const PlanProjection& plan, const Trajectory& path,
                     const std::vector<const Keyframe*>& keyframes, double exaggeration) {
  std::string svg = "<g stroke-width=\"1\">\n";
  for (const Keyframe* keyframe : keyframes) {
    const Ellipse ellipse = SigmaEllipse(keyframe->covariance.topLeftCorner<2, 2>());
    const Eigen::Vector2d centre = plan.ToPixel(keyframe->state.T_world_body.translation);
    const std::string colour = TimeColour(TimeShare(path, keyframe->state.time));
    const double scale = plan.pixels_per_metre * exaggeration;
    for (const int sigmas : {2, 1}) {
      svg += fmt::format(
          "<ellipse rx=\"{}\" ry=\"{}\" transform=\"translate({} {}) rotate({})\" fill=\"{}\" "
          "fill-opacity=\"{}\" stroke=\"{}\" stroke-opacity=\"{}\"/>\n",
          Px(sigmas * scale * ellipse.major), Px(sigmas * scale * ellipse.minor), Px(centre.x()),
          Px(centre.y()), Px(-ellipse.direction_rad * 180 / std::numbers::pi), colour,
          sigmas == 1 ? 0.16 : 0.07, colour, sigmas == 1 ? 0.75 : 0.3);
    }
  }
  return svg + "</g>\n";
}

}  // namespace nightjar::plan
