// SPDX-License-Identifier: Apache-2.0
#include "spatial/context/floor_plan.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

namespace nightjar {
namespace {

constexpr double kKnee_m = 0.3, kAboveBody_m = 0.1, kBelowBody_m = 1.2;
constexpr double kUnseenGap_m = 0.15;  // single columns that rays missed are passed
constexpr std::array kCells_m = {0.05, 0.1, 0.2, 0.25, 0.5};

}  // namespace

FloorPlan::FloorPlan(const Scene& scene, double body_z_world) {
  const OccupancyGrid& grid = scene.occupancy;
  if (!(grid.voxel_m > 0) || grid.states.empty()) return;
  const bool floor = scene.aligned && !std::isinf(scene.aligned->floor_z_sigma_m);
  const double low = floor ? scene.aligned->floor_z_m + kKnee_m : body_z_world - kBelowBody_m;
  const double high = std::max(body_z_world + kAboveBody_m, low + grid.voxel_m);
  const auto layer = [&grid](double z) {
    return static_cast<int>(std::floor((z - grid.origin_world.z()) / grid.voxel_m));
  };
  const int first = std::clamp(layer(low), 0, grid.size[2]);
  const int last = std::clamp(layer(high), -1, grid.size[2] - 1);
  origin_ = grid.origin_world.head<2>();
  cell_m_ = grid.voxel_m;
  width_ = grid.size[0];
  depth_ = grid.size[1];
  columns_.assign(static_cast<size_t>(width_) * static_cast<size_t>(depth_),
                  OccupancyGrid::kUnknown);
  for (int z = first; z <= last; ++z) {
    for (int y = 0; y < depth_; ++y) {
      for (int x = 0; x < width_; ++x) {
        int8_t& column =
            columns_[static_cast<size_t>(y) * static_cast<size_t>(width_) + static_cast<size_t>(x)];
        column = std::max(column, grid.At(x, y, z));  // occupied 1 > free 0 > unknown -1
      }
    }
  }
}

int8_t FloorPlan::At(const Eigen::Vector2d& place_world) const {
  if (columns_.empty()) return OccupancyGrid::kUnknown;
  const Eigen::Vector2d cell = (place_world - origin_) / cell_m_;
  // Outside first: places may be far away.
  if (!(cell.x() >= 0 && cell.y() >= 0 && cell.x() < width_ && cell.y() < depth_))
    return OccupancyGrid::kUnknown;
  return columns_[static_cast<size_t>(cell.y()) * static_cast<size_t>(width_) +
                  static_cast<size_t>(cell.x())];
}

FloorPlan::Way FloorPlan::Straight(const Eigen::Vector2d& from_world,
                                   const Eigen::Vector2d& to_world, double half_width_m) const {
  Way way;
  const Eigen::Vector2d step = to_world - from_world;
  const double length = step.norm();
  if (columns_.empty() || !(length > 0)) return way;
  const Eigen::Vector2d along = step / length, aside(-along.y(), along.x());
  const int count = static_cast<int>(std::ceil(length / (0.5 * cell_m_)));
  double unseen = 0;
  way.known_free_m = std::min(half_width_m, length);
  for (int k = 0; k <= count; ++k) {
    const double distance = length * k / count;
    // Where the body is, or was, it found room.
    if (std::min(distance, length - distance) < half_width_m) continue;
    const Eigen::Vector2d place = from_world + distance * along;
    int8_t state = At(place);
    for (const double side : {-half_width_m, half_width_m}) {
      if (At(place + side * aside) == OccupancyGrid::kOccupied) state = OccupancyGrid::kOccupied;
    }
    if (state == OccupancyGrid::kOccupied) {
      way.state = OccupancyGrid::kOccupied;
      return way;
    }
    unseen = state == OccupancyGrid::kFree ? 0 : unseen + length / count;
    if (unseen > kUnseenGap_m) return way;
    if (state == OccupancyGrid::kFree) way.known_free_m = distance;
  }
  way.state = OccupancyGrid::kFree;
  way.known_free_m = length;
  return way;
}

std::pair<Eigen::Vector2d, Eigen::Vector2d> FloorPlan::KnownBox(const PlaceFrame& frame) const {
  Eigen::Vector2d low = Eigen::Vector2d::Constant(HUGE_VAL), high = -low;
  for (int y = 0; y < depth_; ++y) {
    for (int x = 0; x < width_; ++x) {
      if (columns_[static_cast<size_t>(y) * static_cast<size_t>(width_) + static_cast<size_t>(x)] ==
          OccupancyGrid::kUnknown) {
        continue;
      }
      const Eigen::Vector2d place = origin_ + cell_m_ * Eigen::Vector2d(x + 0.5, y + 0.5);
      const Eigen::Vector2d p = frame.FromWorld({place.x(), place.y(), 0}).head<2>();
      low = low.cwiseMin(p);
      high = high.cwiseMax(p);
    }
  }
  if (!(low.x() <= high.x())) return {Eigen::Vector2d::Zero(), Eigen::Vector2d::Zero()};
  const Eigen::Vector2d half = Eigen::Vector2d::Constant(0.5 * cell_m_);
  return {low - half, high + half};
}

namespace {

// Of a square cell by what lies at the points of a raster in it: blocked where one is, else free
// where most that is known is.
char CellOf(const FloorPlan& plan, const PlaceFrame& frame, const Eigen::Vector2d& corner,
            double cell_m) {
  const int samples = std::max(1, static_cast<int>(std::ceil(cell_m / plan.cell_m() - 1e-9)));
  int free = 0;
  for (int y = 0; y < samples; ++y) {
    for (int x = 0; x < samples; ++x) {
      const Eigen::Vector2d p = corner + cell_m / samples * Eigen::Vector2d(x + 0.5, y + 0.5);
      const int8_t state = plan.At(frame.ToWorld({p.x(), p.y(), 0}).head<2>());
      if (state == OccupancyGrid::kOccupied) return '#';
      free += state == OccupancyGrid::kFree;
    }
  }
  return 3 * free >= samples * samples ? '.' : ' ';
}

}  // namespace

TextMap DrawTextMap(const FloorPlan& plan, const PlaceFrame& frame, const TextMapRequest& request) {
  TextMap map;
  if (plan.empty()) return map;
  auto [low, high] = plan.KnownBox(frame);
  const auto in_frame = [&frame](const Eigen::Vector2d& p) {
    return Eigen::Vector2d(frame.FromWorld({p.x(), p.y(), 0}).head<2>());
  };
  const Eigen::Vector2d you = in_frame(request.place_world);
  low = low.cwiseMin(you);
  high = high.cwiseMax(you);
  map.cell_m = kCells_m.back();
  for (const double cell : kCells_m) {
    if (cell >= plan.cell_m() - 1e-9 && (high - low).maxCoeff() / cell <= request.largest - 1) {
      map.cell_m = cell;
      break;
    }
  }
  if ((high - low).maxCoeff() / map.cell_m > request.largest - 1) {
    const double reach = 0.5 * map.cell_m * (request.largest - 1);
    low = low.cwiseMax(you - Eigen::Vector2d::Constant(reach));
    high = high.cwiseMin(you + Eigen::Vector2d::Constant(reach));
  }
  low = ((low / map.cell_m).array() + 1e-6).floor() * map.cell_m;
  const Eigen::Vector2d extent = (high - low) / map.cell_m;
  map.columns = std::clamp(static_cast<int>(std::ceil(extent.x() - 1e-6)), 1, request.largest);
  map.rows = std::clamp(static_cast<int>(std::ceil(extent.y() - 1e-6)), 1, request.largest);
  map.top_left = {low.x(), low.y() + map.cell_m * map.rows};

  std::vector<std::string> rows;
  for (int row = 0; row < map.rows; ++row) {
    std::string line;
    for (int column = 0; column < map.columns; ++column) {
      line += CellOf(plan, frame, map.top_left + map.cell_m * Eigen::Vector2d(column, -(row + 1)),
                     map.cell_m);
    }
    rows.push_back(line);
  }
  const auto put = [&](const Eigen::Vector2d& place_world, char mark) {
    const Eigen::Vector2d cell = (in_frame(place_world) - map.top_left) / map.cell_m;
    const int column = static_cast<int>(std::floor(cell.x()));
    const int row = static_cast<int>(std::floor(-cell.y()));
    if (column >= 0 && row >= 0 && column < map.columns && row < map.rows)
      rows[static_cast<size_t>(row)][static_cast<size_t>(column)] = mark;
  };
  for (const Eigen::Vector2d& place : request.path_world) put(place, '+');
  // Quarters: east, north, west, south.
  const auto quarter =
      static_cast<int>(std::floor(request.yaw_frame_rad / (std::numbers::pi / 2) + 4.5));
  put(request.place_world, ">^<v"[quarter % 4]);
  for (std::string& line : rows) {
    line.erase(line.find_last_not_of(' ') + 1);
    map.text += line + '\n';
  }
  return map;
}

}  // namespace nightjar
