// SPDX-License-Identifier: Apache-2.0
#include "tests/spatial/furnished_session.h"

#include <cmath>

#include "calibration/make_camera_model.h"
#include "core/so3.h"
#include "tests/spatial/synthetic_session.h"

namespace nightjar {
namespace {

constexpr double kYaw = -0.2;  // of the aligned frame: the walls stand at +0.2 rad in the world
constexpr double kFloorZ = -0.3;

// A rectangle about a centre, told in the aligned frame.
Surface Rectangle(SurfaceKind kind, const Eigen::Vector3d& centre, const Eigen::Vector3d& half_u,
                  const Eigen::Vector3d& half_v) {
  const Se3 T_world_aligned = Se3{so3::Exp({0, 0, kYaw}), {0, 0, -kFloorZ}}.Inverse();
  Surface surface;
  surface.kind = kind;
  surface.normal_world = T_world_aligned.rotation * half_u.cross(half_v).normalized();
  for (const Eigen::Vector2d& c :
       {Eigen::Vector2d(-1, -1), Eigen::Vector2d(1, -1), Eigen::Vector2d(1.1, 0.2),
        Eigen::Vector2d(1, 1), Eigen::Vector2d(-1, 1)}) {
    surface.polygon_world.push_back(T_world_aligned *
                                    (centre + c.x() * half_u + c.y() * half_v).eval());
  }
  surface.offset_m = surface.normal_world.dot(T_world_aligned * centre);
  surface.area_m2 = 4.1 * half_u.norm() * half_v.norm();
  surface.points = 1000;
  // A normal moves across itself only; the offset with it.
  const Eigen::Matrix3d P =
      Eigen::Matrix3d::Identity() - surface.normal_world * surface.normal_world.transpose();
  surface.covariance.topLeftCorner<3, 3>() = 1e-6 * P;
  surface.covariance(3, 3) = 4e-6;
  surface.first_seen = FromNanoseconds(10'000'000'000);
  surface.last_seen = FromNanoseconds(12'000'000'000);
  return surface;
}

std::vector<Surface> Surfaces(int more_planes) {
  const Eigen::Vector3d x = Eigen::Vector3d::UnitX(), y = Eigen::Vector3d::UnitY(),
                        z = Eigen::Vector3d::UnitZ();
  std::vector<Surface> surfaces = {
      Rectangle(SurfaceKind::kFloor, {0, 0, 0}, 3.5 * x, 2.5 * y),
      Rectangle(SurfaceKind::kWall, {0, -2.5, 1.25}, 1.25 * z, 3.5 * x),
      Rectangle(SurfaceKind::kWall, {0, 2.5, 1.25}, 3.5 * x, 1.25 * z),
      Rectangle(SurfaceKind::kWall, {-3.5, 0, 1.25}, 2.5 * y, 1.25 * z),
      Rectangle(SurfaceKind::kWall, {3.5, 0, 1.25}, 1.25 * z, 2.5 * y),
      Rectangle(SurfaceKind::kTable, {2, 1.5, 0.75}, 0.8 * x, 0.4 * y)};
  for (int k = 0; k < more_planes; ++k) {
    surfaces.push_back(
        Rectangle(SurfaceKind::kPlane, {-2 + 0.1 * k, 1, 1}, 0.2 * x, (0.2 - 0.001 * k) * z));
  }
  for (size_t k = 0; k < surfaces.size(); ++k) surfaces[k].id = static_cast<int>(k);
  return surfaces;
}

OccupancyGrid Occupancy() {
  OccupancyGrid grid;
  grid.origin_world = {-4, -4, -0.4};
  grid.voxel_m = 0.2;
  grid.size = {40, 40, 14};
  grid.states.assign(40 * 40 * 14, OccupancyGrid::kUnknown);
  for (size_t k = 0; k < grid.states.size(); ++k) {
    if (k % 3 == 0) grid.states[k] = k % 2 == 0 ? OccupancyGrid::kFree : OccupancyGrid::kOccupied;
  }
  return grid;
}

KeyframeView View(size_t k) {
  KeyframeView view;
  view.clearance.emplace();
  for (size_t ray = 0; ray < 12; ++ray)
    view.clearance->rays[ray] = {ClearanceRay::State::kHit, 1.5 + 0.1 * static_cast<double>(ray),
                                 0.02};
  view.clearance->height_m = 1.5;
  view.clearance->nearest = Clearance::Nearest{1.5, 0.02, -30};
  view.surfaces = {0, static_cast<int>(1 + k % 4)};
  view.new_voxels = 17;
  view.new_share = 0.25;
  return view;
}

}  // namespace

Session FurnishedSession(int frames, int more_planes) {
  Session session = SyntheticSession(frames);
  RigCamera& camera = session.rig.cameras.front();
  camera.model =
      *MakeCameraModel("equidistant", {410.25, 411.5, 320.125, 239.75, 0.01, -0.02, 0, 0});
  camera.T_body_camera.rotation = so3::Exp({-1.5707963, 0.1, 0.05});
  for (const Keyframe& keyframe : session.keyframes) {
    const SensorTime time = keyframe.state.time;
    const std::string stem = "cam0/" + std::to_string(ToNanoseconds(time));
    session.images.push_back({time, 0, "images/" + stem + ".jpg", 600, 400, 350.5, 301.25, 198.75});
    session.depth.push_back({time,
                             0,
                             "depth/" + stem + ".png",
                             "depth/" + stem + "_sigma.png",
                             {600, 400, 350.5, 301.25, 198.75}});
  }
  Scene& scene = session.scene;
  scene.surfaces = Surfaces(more_planes);
  scene.occupancy = Occupancy();
  scene.aligned = AlignedFrame{kYaw, 0.002, 0.95, kFloorZ, 0.004};
  scene.room = RoomExtent{
      {-3.5, -2.5, 0}, {3.5, 2.5, 2.5}, {0.01, 0.02, 0.004}, {0.03, 0.04, INFINITY}, 33.0};
  for (int k = 0; k < 300; ++k) {
    Landmark point = session.landmarks[static_cast<size_t>(k)];
    point.track += 1'000'000;
    point.position_world += Eigen::Vector3d(0.01, 0.02, 0.03);
    scene.semidense.push_back(point);
  }
  for (size_t k = 0; k < session.keyframes.size(); ++k) scene.views.push_back(View(k));
  return session;
}

}  // namespace nightjar
