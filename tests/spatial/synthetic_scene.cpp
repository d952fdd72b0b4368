// SPDX-License-Identifier: Apache-2.0
#include "tests/spatial/synthetic_scene.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

namespace nightjar {
namespace {

constexpr double kHalfX = 3.5, kHalfY = 2.5, kHeight = 2.6;
constexpr double kTableTop = 0.75;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

Surface MakeSurface(SurfaceKind kind, const Eigen::Vector3d& normal,
                    const std::vector<Eigen::Vector3d>& polygon, double area_m2) {
  Surface surface;
  surface.kind = kind;
  surface.normal_world = normal;
  surface.offset_m = normal.dot(polygon.front());
  surface.covariance = 1e-4 * Eigen::Matrix4d::Identity();
  surface.covariance(0, 3) = surface.covariance(3, 0) = 1e-5;
  surface.polygon_world = polygon;
  surface.area_m2 = area_m2;
  surface.points = 1234;
  surface.first_seen = FromNanoseconds(10'000'000'000);
  surface.last_seen = FromNanoseconds(12'500'000'001);
  return surface;
}

std::vector<Eigen::Vector3d> Level(double x0, double x1, double y0, double y1, double z) {
  return {{x0, y0, z}, {x1, y0, z}, {x1, y1, z}, {x0, y1, z}};
}

std::vector<Surface> Surfaces() {
  const double x = kHalfX, y = kHalfY, h = kHeight;
  std::vector<Surface> surfaces = {
      MakeSurface(SurfaceKind::kFloor, {0, 0, 1}, Level(-x, x, -y, y, 0), 35),
      MakeSurface(SurfaceKind::kCeiling, {0, 0, -1}, Level(-x, x, -y, y, h), 35),
      MakeSurface(SurfaceKind::kWall, {0, 1, 0}, {{-x, -y, 0}, {x, -y, 0}, {x, -y, h}, {-x, -y, h}},
                  18.2),
      MakeSurface(SurfaceKind::kWall, {0, -1, 0}, {{x, y, 0}, {-x, y, 0}, {-x, y, h}, {x, y, h}},
                  18.2),
      MakeSurface(SurfaceKind::kWall, {1, 0, 0}, {{-x, y, 0}, {-x, -y, 0}, {-x, -y, h}, {-x, y, h}},
                  13),
      MakeSurface(SurfaceKind::kWall, {-1, 0, 0}, {{x, -y, 0}, {x, y, 0}, {x, y, h}, {x, -y, h}},
                  13),
      MakeSurface(SurfaceKind::kTable, {0, 0, 1}, Level(2.3, 3.3, -2.3, -1.3, kTableTop), 1)};
  for (size_t k = 0; k < surfaces.size(); ++k) surfaces[k].id = static_cast<int>(k);
  return surfaces;
}

// Shell of the room and the table's block occupied, its inside free, all outside unknown.
OccupancyGrid Occupancy() {
  OccupancyGrid grid;
  grid.voxel_m = 0.1;
  grid.size = {80, 60, 30};
  grid.origin_world = {-4, -3, -0.2};
  grid.states.reserve(80 * 60 * 30);
  for (int z = 0; z < grid.size[2]; ++z) {
    for (int y = 0; y < grid.size[1]; ++y) {
      for (int x = 0; x < grid.size[0]; ++x) {
        const Eigen::Vector3d p =
            grid.origin_world + grid.voxel_m * (Eigen::Vector3d(x, y, z).array() + 0.5).matrix();
        const double inside =
            std::min({kHalfX - std::abs(p.x()), kHalfY - std::abs(p.y()), p.z(), kHeight - p.z()});
        const bool table =
            p.z() < kTableTop && p.x() > 2.3 && p.x() < 3.3 && p.y() > -2.3 && p.y() < -1.3;
        int8_t state = OccupancyGrid::kUnknown;
        if (inside > -0.1) state = OccupancyGrid::kOccupied;
        if (inside > 0 && !table) state = OccupancyGrid::kFree;
        grid.states.push_back(state);
      }
    }
  }
  return grid;
}

KeyframeView View(const Keyframe& keyframe, size_t k) {
  const Se3& T_world_body = keyframe.state.T_world_body;
  const Eigen::Vector3d ahead = T_world_body.rotation * Eigen::Vector3d::UnitX();
  const double heading = std::atan2(ahead.y(), ahead.x());
  KeyframeView view;
  view.clearance.emplace();
  Clearance::Nearest nearest{kInfinity, 0.02, 0};
  for (size_t ray = 0; ray < 12; ++ray) {
    const double angle = heading - static_cast<double>(ray) * std::numbers::pi / 6;
    const double distance =
        DistanceToWalls(T_world_body.translation, {std::cos(angle), std::sin(angle)});
    view.clearance->rays[ray] = {ClearanceRay::State::kHit, distance, 0.02};
    if (distance < nearest.distance_m) {
      nearest.distance_m = distance;
      nearest.bearing_deg =
          ray <= 6 ? 30.0 * static_cast<double>(ray) : 30.0 * (static_cast<double>(ray) - 12);
    }
  }
  view.clearance->rays[5] = {ClearanceRay::State::kOpen, 3.0, 0};
  view.clearance->rays[8] = {ClearanceRay::State::kUnknown, 1.5, 0};
  view.clearance->nearest = nearest;
  view.clearance->height_m = T_world_body.translation.z();
  view.surfaces = {0, static_cast<int>(2 + k % 4)};
  view.new_voxels = static_cast<int64_t>(10000 / (k + 1));
  view.new_share = 1.0 / static_cast<double>(k + 1);
  return view;
}

}  // namespace

double DistanceToWalls(const Eigen::Vector3d& position, const Eigen::Vector2d& direction) {
  double distance = kInfinity;
  const Eigen::Vector2d half(kHalfX, kHalfY);
  for (int axis = 0; axis < 2; ++axis) {
    if (direction[axis] == 0) continue;
    const double wall = direction[axis] > 0 ? half[axis] : -half[axis];
    distance = std::min(distance, (wall - position[axis]) / direction[axis]);
  }
  return distance;
}

Scene SyntheticScene(const Session& session) {
  Scene scene;
  scene.surfaces = Surfaces();
  scene.occupancy = Occupancy();
  scene.aligned = AlignedFrame{0.01, 0.002, 0.97, 0.003, 0.004};
  scene.room = RoomExtent{
      {-3.5, -2.5, 0}, {3.5, 2.5, 2.6}, {0.01, 0.01, 0.004}, {0.01, 0.02, kInfinity}, 34.5};
  for (int k = 0; k < 30; ++k) {
    Landmark point = session.landmarks[static_cast<size_t>(k)];
    point.track = (uint64_t{1} << 40) + static_cast<uint64_t>(k);
    point.position_world *= 0.5;
    point.observations = 0;
    scene.semidense.push_back(point);
  }
  for (size_t k = 0; k < session.keyframes.size(); ++k) {
    scene.views.push_back(session.keyframes[k].map == 0 ? View(session.keyframes[k], k)
                                                        : KeyframeView{});
  }
  return scene;
}

}  // namespace nightjar
