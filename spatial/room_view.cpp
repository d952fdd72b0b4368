// SPDX-License-Identifier: Apache-2.0
#include "spatial/room_view.h"

#include <fmt/format.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "spatial/moved_map.h"
#include "spatial/plan_projection.h"
#include "spatial/scene_files.h"
#include "spatial/text_format.h"

namespace nightjar {
namespace {

constexpr double kWidthPx = 1200;
constexpr double kMarginPx = 50;
constexpr double kTallestPx = 1000;
constexpr int kMostCells = 200;           // a side
constexpr double kLowestObstacleM = 0.3;  // over the floor: what a foot does not step over
constexpr double kHighestObstacleM = 1.8;

// The state of a square of the ground: what any cube above it says, an obstacle first.
struct Ground {
  double cell_m = 0;
  int columns = 0, rows = 0;
  std::vector<int8_t> states;
};

// Heights of the world between which something is in the way.
std::pair<double, double> HeightsInTheWay(const Scene& scene, const Trajectory& path) {
  if (scene.aligned && std::isfinite(scene.aligned->floor_z_sigma_m)) {
    return {scene.aligned->floor_z_m + kLowestObstacleM,
            scene.aligned->floor_z_m + kHighestObstacleM};
  }
  double sum = 0;
  for (const TrajectoryRow& row : path) sum += row.state.T_world_body.translation.z();
  const double middle = path.empty() ? 0 : sum / static_cast<double>(path.size());
  return {middle - 0.75, middle + 0.5};
}

Ground GroundOf(const OccupancyGrid& grid, double lowest_m, double highest_m) {
  Ground ground;
  const int step =
      std::max(1, (std::max(grid.size[0], grid.size[1]) + kMostCells - 1) / kMostCells);
  ground.cell_m = step * grid.voxel_m;
  ground.columns = (grid.size[0] + step - 1) / step;
  ground.rows = (grid.size[1] + step - 1) / step;
  ground.states.assign(static_cast<size_t>(ground.columns) * static_cast<size_t>(ground.rows),
                       OccupancyGrid::kUnknown);
  for (int z = 0; z < grid.size[2]; ++z) {
    const double height = grid.origin_world.z() + (z + 0.5) * grid.voxel_m;
    if (height < lowest_m || height > highest_m) continue;
    for (int y = 0; y < grid.size[1]; ++y) {
      for (int x = 0; x < grid.size[0]; ++x) {
        int8_t& state =
            ground.states[static_cast<size_t>(y / step) * static_cast<size_t>(ground.columns) +
                          static_cast<size_t>(x / step)];
        state = std::max(state, grid.At(x, y, z));
      }
    }
  }
  return ground;
}

// Runs of equal squares along x, as one path per state.
std::string GroundSvg(const OccupancyGrid& grid, const Ground& ground) {
  std::string paths[2];
  for (int y = 0; y < ground.rows; ++y) {
    for (int x = 0; x < ground.columns;) {
      const auto at = [&](int column) {
        return ground.states[static_cast<size_t>(y) * static_cast<size_t>(ground.columns) +
                             static_cast<size_t>(column)];
      };
      int end = x + 1;
      while (end < ground.columns && at(end) == at(x)) ++end;
      if (at(x) != OccupancyGrid::kUnknown) {
        paths[at(x)] +=
            fmt::format("M{} {}h{}v{}h-{}z", Fixed(grid.origin_world.x() + x * ground.cell_m, 2),
                        Fixed(grid.origin_world.y() + y * ground.cell_m, 2),
                        Fixed((end - x) * ground.cell_m, 2), Fixed(ground.cell_m, 2),
                        Fixed((end - x) * ground.cell_m, 2));
      }
      x = end;
    }
  }
  return fmt::format("<path fill=\"#1f4b52\" d=\"{}\"/>\n<path fill=\"#c8754a\" d=\"{}\"/>\n",
                     paths[OccupancyGrid::kFree], paths[OccupancyGrid::kOccupied]);
}

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

std::string SurfacesSvg(const Scene& scene) {
  std::string svg;
  for (const Surface& surface : scene.surfaces) {
    std::string points;
    for (const Eigen::Vector3d& p : surface.polygon_world)
      points += Fixed(p.x(), 2) + ',' + Fixed(p.y(), 2) + ' ';
    svg += fmt::format("<polygon {} points=\"{}\"><title>{} {}, {} m²</title></polygon>\n",
                       StyleOf(surface.kind), points, SurfaceKindName(surface.kind), surface.id,
                       Fixed(surface.area_m2, 1));
  }
  return svg;
}

std::string PathSvg(const Trajectory& path, int map) {
  std::string points;
  Eigen::Vector2d last = Eigen::Vector2d::Constant(1e9);
  for (const TrajectoryRow& row : path) {
    const Eigen::Vector2d p = row.state.T_world_body.translation.head<2>();
    if (row.map != map || (p - last).norm() < 0.02) continue;
    points += Fixed(p.x(), 2) + ',' + Fixed(p.y(), 2) + ' ';
    last = p;
  }
  return fmt::format(
      "<polyline fill=\"none\" stroke=\"#2ec4b6\" stroke-width=\"2\" points=\"{}\"/>\n", points);
}

// What has to fit, seen from above in the frame that is drawn.
Eigen::AlignedBox2d BoxOf(const Session& session, const Se3& T_drawn_world) {
  Eigen::AlignedBox2d box;
  const auto add = [&](const Eigen::Vector3d& p) { box.extend((T_drawn_world * p).head<2>()); };
  for (const Surface& surface : session.scene.surfaces) {
    for (const Eigen::Vector3d& corner : surface.polygon_world) add(corner);
  }
  for (const TrajectoryRow& row : session.closed_loop) {
    if (row.map == session.scene.map) add(row.state.T_world_body.translation);
  }
  if (session.scene.surfaces.empty() && session.scene.occupancy.voxel_m > 0) {
    const OccupancyGrid& grid = session.scene.occupancy;
    for (const int x : {0, grid.size[0]}) {
      for (const int y : {0, grid.size[1]})
        add(grid.origin_world + grid.voxel_m * Eigen::Vector3d(x, y, 0));
    }
  }
  return box;
}

// A length with no digit finer than half its sigma, and the sigma with one digit.
std::string Metres(double value, double sigma) {
  const auto decimals = [](double unit) {
    return unit > 0 ? std::clamp(static_cast<int>(std::floor(-std::log10(unit))), 0, 3) : 3;
  };
  return Fixed(value, decimals(sigma / 2)) + " ± " + Fixed(sigma, decimals(sigma / 10)) + " m";
}

}  // namespace

std::string RoomCaption(const Scene& scene) {
  if (!scene.room) return {};
  const RoomExtent& room = *scene.room;
  std::string text;
  constexpr const char* kSides[] = {"long", "wide", "high"};
  for (int axis = 0; axis < 3; ++axis) {
    const double size = room.max_aligned[axis] - room.min_aligned[axis];
    const double sigma = std::hypot(room.min_sigma_m[axis], room.max_sigma_m[axis]);
    const std::string length =
        std::isfinite(sigma) ? Metres(size, sigma) : "at least " + Fixed(size, 1) + " m";
    text += fmt::format("{}{} {}", text.empty() ? "" : " · ", length, kSides[axis]);
  }
  return text + fmt::format(" · {} m² of floor", Fixed(room.floor_area_m2, 1));
}

std::string RoomViewSvg(const Session& session) {
  const Scene& scene = session.scene;
  if (scene.surfaces.empty() && scene.occupancy.voxel_m <= 0) return {};
  const Se3 T_drawn_world = scene.aligned ? AlignedFromWorld(*scene.aligned) : Se3();
  const Eigen::AlignedBox2d box = BoxOf(session, T_drawn_world);
  if (box.isEmpty()) return {};
  const Eigen::Vector2d size = box.sizes().cwiseMax(0.5);
  const double scale =
      std::min((kWidthPx - 2 * kMarginPx) / size.x(), (kTallestPx - 2 * kMarginPx) / size.y());
  const double height_px = scale * size.y() + 2 * kMarginPx;
  const Eigen::Vector2d centre = box.center();
  const double yaw_deg = scene.aligned ? scene.aligned->yaw_rad * 180 / std::numbers::pi : 0;
  std::string svg = fmt::format(
      "<svg viewBox=\"0 0 {0} {1}\" role=\"img\" aria-label=\"The room from above\">\n"
      "<rect width=\"{0}\" height=\"{1}\" rx=\"14\" fill=\"#101827\"/>\n"
      "<svg width=\"{0}\" height=\"{1}\">\n"
      "<g transform=\"translate({2} {3}) scale({4} -{4}) translate({5} {6}) rotate({7})\" "
      "class=\"room\">\n",
      kWidthPx, Fixed(height_px, 0), kWidthPx / 2, Fixed(height_px / 2, 1), Fixed(scale, 4),
      Fixed(-centre.x(), 3), Fixed(-centre.y(), 3), Fixed(yaw_deg, 3));
  if (scene.occupancy.voxel_m > 0) {
    const auto [lowest, highest] = HeightsInTheWay(scene, session.closed_loop);
    svg += GroundSvg(scene.occupancy, GroundOf(scene.occupancy, lowest, highest));
  }
  svg += SurfacesSvg(scene) + PathSvg(session.closed_loop, scene.map);
  const double bar_m = RoundDown125(220 / scale);
  return svg + fmt::format(
                   "</g>\n</svg>\n<path d=\"M24 {0}v10h{1}v-10\" fill=\"none\" "
                   "stroke=\"#e8ecf4\" stroke-width=\"2\"/>\n<text x=\"32\" y=\"{2}\" "
                   "fill=\"#e8ecf4\" font-size=\"14\">{3:g} m</text>\n</svg>\n",
                   Fixed(height_px - 30, 0), Fixed(bar_m * scale, 1), Fixed(height_px - 36, 0),
                   bar_m);
}

}  // namespace nightjar
