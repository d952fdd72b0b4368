// SPDX-License-Identifier: Apache-2.0
#include "tests/spatial/geometry/box_room.h"

#include <algorithm>
#include <cmath>
#include <memory>

#include "calibration/pinhole_radial_tangential.h"
#include "core/random.h"
#include "core/so3.h"

namespace nightjar {
namespace {

using Eigen::Vector3d;

// Where a ray enters a box, or leaves one that it begins in; infinity beside it.
double Meet(const Vector3d& low, const Vector3d& high, const Vector3d& from, const Vector3d& ray,
            bool inside) {
  double enter = -HUGE_VAL, leave = HUGE_VAL;
  for (int axis = 0; axis < 3; ++axis) {
    if (ray[axis] == 0) {
      if (from[axis] < low[axis] || from[axis] > high[axis]) return HUGE_VAL;
      continue;
    }
    const double a = (low[axis] - from[axis]) / ray[axis];
    const double b = (high[axis] - from[axis]) / ray[axis];
    enter = std::max(enter, std::min(a, b));
    leave = std::min(leave, std::max(a, b));
  }
  if (enter > leave || leave < 0) return HUGE_VAL;
  return inside ? leave : enter >= 0 ? enter : HUGE_VAL;
}

}  // namespace

double BoxRoom::Cast(const Vector3d& from_world, const Vector3d& direction_world) const {
  const Vector3d from = T_world_room.Inverse() * from_world;
  const Vector3d ray = T_world_room.rotation.conjugate() * direction_world;
  double nearest = Meet(Vector3d::Zero(), size, from, ray, true);
  for (const Eigen::AlignedBox3d& box : boxes)
    nearest = std::min(nearest, Meet(box.min(), box.max(), from, ray, false));
  return nearest;
}

PinholeView BoxView() { return {160, 120, 95, 79.5, 59.5}; }

Rig BoxRig() {
  const PinholeView view = BoxView();
  RigCamera camera;
  camera.name = "cam0";
  camera.width = view.width;
  camera.height = view.height;
  camera.model = std::make_shared<PinholeRadialTangential>(Eigen::Vector2d(view.focal, view.focal),
                                                           Eigen::Vector2d(view.cx, view.cy),
                                                           std::vector<double>{0, 0, 0, 0});
  Eigen::Matrix3d R_body_camera;
  R_body_camera << 0, 0, 1, -1, 0, 0, 0, -1, 0;
  camera.T_body_camera = {Eigen::Quaterniond(R_body_camera), {0.02, 0.01, -0.01}};
  Rig rig;
  rig.cameras.push_back(camera);
  return rig;
}

Se3 LookAt(const BoxRoom& room, const Vector3d& place, double yaw, double pitch) {
  return room.T_world_room * Se3{so3::Exp({0, 0, yaw}) * so3::Exp({0, pitch, 0}), place};
}

std::vector<Keyframe> Turning(const BoxRoom& room, int count, double pitch) {
  std::vector<Keyframe> keyframes(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    const double yaw = 2 * M_PI * i / count;
    Keyframe& keyframe = keyframes[static_cast<size_t>(i)];
    keyframe.state.time = FromNanoseconds(10'000'000'000 + i * 200'000'000LL);
    keyframe.state.T_world_body = LookAt(
        room,
        {0.5 * room.size.x() + 0.3 * std::cos(yaw), 0.5 * room.size.y() + 0.3 * std::sin(yaw), 1.5},
        yaw, pitch);
  }
  return keyframes;
}

DepthMap DepthOf(const BoxRoom& room, const Keyframe& keyframe, double sigma_at_1m, uint64_t seed,
                 const PinholeView& view) {
  const Se3 T_world_camera = keyframe.state.T_world_body * BoxRig().cameras.front().T_body_camera;
  RandomStream random(seed, 77, static_cast<uint64_t>(ToNanoseconds(keyframe.state.time)));
  DepthMap map = UnknownDepthMap(keyframe.state.time, 0, view);
  for (int y = 0; y < view.height; ++y) {
    for (int x = 0; x < view.width; ++x) {
      const Vector3d ray((x - view.cx) / view.focal, (y - view.cy) / view.focal, 1);
      const double z = room.Cast(T_world_camera.translation, T_world_camera.rotation * ray);
      const double sigma = sigma_at_1m * z * z;
      map.depth_m(x, y) = static_cast<float>(z + sigma * random.Normal());
      map.sigma_m(x, y) = static_cast<float>(sigma);
    }
  }
  return map;
}

}  // namespace nightjar
