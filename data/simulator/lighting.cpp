// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <array>
#include <cmath>

#include "core/portable_math.h"
#include "data/simulator/scene.h"
#include "data/simulator/surface_tree.h"

namespace nightjar {
namespace {

constexpr double kCell_m = 0.1;
constexpr int kLargestMap = 256;  // cells along one side

// Where a lamp's ball is taken to shine from: the corners of a tetrahedron inside of it.
constexpr std::array<std::array<double, 3>, 4> kBallPoints = {
    {{0.5, 0.5, 0.5}, {0.5, -0.5, -0.5}, {-0.5, 0.5, -0.5}, {-0.5, -0.5, 0.5}}};

// A place that light falls on.
struct LitPlace {
  Eigen::Vector3d place;   // world
  Eigen::Vector3d normal;  // world, unit
  int panel;
  bool two_sided;
};

// Irradiance from one lamp, up to a factor that all share. `occluders`: null where nothing casts a
// shadow.
double FromLamp(const SurfaceTree* occluders, const Lamp& lamp, const LitPlace& lit) {
  double sum = 0;
  for (const auto& point : kBallPoints) {
    const Eigen::Vector3d source =
        lamp.centre + lamp.radius * Eigen::Vector3d(point[0], point[1], point[2]);
    const Eigen::Vector3d way = source - lit.place;
    const double distance2 = std::max(way.squaredNorm(), lamp.radius * lamp.radius);
    double cosine = lit.normal.dot(way) / std::sqrt(distance2);
    if (lit.two_sided) cosine = std::abs(cosine);
    if (cosine <= 0) continue;
    if (occluders != nullptr && !occluders->IsClear(source, lit.place, lit.panel, {})) continue;
    sum += 0.25 * lamp.intensity * cosine / distance2;
  }
  return sum;
}

void LightPanel(const SimulatedScene& scene, const SurfaceTree& surfaces, double t_s, int index,
                Panel& panel) {
  const bool still = panel.object < 0;
  const Se3 T_world_panel =
      still ? Se3{} : scene.objects[static_cast<size_t>(panel.object)].Pose(t_s);
  const Eigen::Vector3d normal = T_world_panel.rotation * panel.Normal();
  LightMap& light = panel.light;
  light.columns = std::clamp(static_cast<int>(std::lround(panel.width / kCell_m)), 1, kLargestMap);
  light.rows = std::clamp(static_cast<int>(std::lround(panel.height / kCell_m)), 1, kLargestMap);
  light.irradiance.clear();
  for (int row = 0; row < light.rows; ++row) {
    for (int column = 0; column < light.columns; ++column) {
      const Eigen::Vector3d place =
          T_world_panel * panel.At((column + 0.5) * panel.width / light.columns,
                                   (row + 0.5) * panel.height / light.rows);
      double sum = 0;
      for (const Lamp& lamp : scene.lamps) {
        sum += FromLamp(still ? &surfaces : nullptr, lamp, {place, normal, index, panel.two_sided});
      }
      light.irradiance.push_back(static_cast<float>(sum));
    }
  }
}

// Over the area of what stands still.
double MeanIrradiance(const SimulatedScene& scene) {
  double sum = 0;
  double area = 0;
  for (const Panel& panel : scene.panels) {
    if (panel.object >= 0) continue;
    double mean = 0;
    for (const float e : panel.light.irradiance)
      mean += static_cast<double>(e) / static_cast<double>(panel.light.irradiance.size());
    sum += mean * panel.width * panel.height;
    area += panel.width * panel.height;
  }
  return area > 0 ? sum / area : 0;
}

}  // namespace

double LampFlicker::MeanGain(double begin_s, double end_s) const {
  if (depth == 0) return 1;
  const double turn = 2 * M_PI * frequency_hz;  // rad/s
  const double middle = turn * 0.5 * (begin_s + end_s) + phase_rad;
  const double half = turn * 0.5 * (end_s - begin_s);
  const double smear = half > 1e-6 ? portable::Sin(half) / half : 1;
  return 1 + depth * smear * portable::Sin(middle);
}

void LightScene(SimulatedScene& scene, double t_s, const Workers& workers) {
  const SurfaceTree surfaces(scene);
  workers(scene.panels.size(), [&](size_t p) {
    LightPanel(scene, surfaces, t_s, static_cast<int>(p), scene.panels[p]);
  });
  const double mean = MeanIrradiance(scene);
  const double direct_share = mean > 0 ? (1 - scene.ambient_share) / mean : 0;
  const double ambient = mean > 0 ? scene.ambient_share : 1;
  for (Panel& panel : scene.panels) {
    for (float& e : panel.light.irradiance)
      e = static_cast<float>(ambient + direct_share * static_cast<double>(e));
  }
}

}  // namespace nightjar
