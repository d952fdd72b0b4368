// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "calibration/make_camera_model.h"
#include "core/image.h"
#include "core/motion_spline.h"
#include "core/so3.h"
#include "data/simulator/scene.h"

namespace nightjar {

/// Camera axes in the world where the camera looks along +x with +z up.
inline Eigen::Quaterniond LookingAlongX() {
  Eigen::Matrix3d R;
  R << 0, 0, 1, -1, 0, 0, 0, -1, 0;
  return Eigen::Quaterniond(R);
}

/// A body that keeps its velocities, camera frame = body frame.
inline MotionSpline Moving(const Se3& start, const Eigen::Vector3d& velocity,
                           const Eigen::Vector3d& turn_world) {
  constexpr double kInterval = 0.1;
  std::vector<Se3> poses;
  for (int i = -12; i < 20; ++i) {
    poses.push_back({so3::Exp(i * kInterval * turn_world) * start.rotation,
                     start.translation + i * kInterval * velocity});
  }
  return MotionSpline(-1, kInterval, std::move(poses));
}

/// A wall across the x axis, `distance` ahead, of one albedo.
inline SimulatedScene Wall(double distance, float albedo, double half_size = 50) {
  SimulatedScene scene;
  scene.textures.emplace_back(2, std::vector<float>(4, albedo));
  Panel wall;
  wall.corner = {distance, half_size, half_size};
  wall.u_axis = -Eigen::Vector3d::UnitZ();
  wall.v_axis = -Eigen::Vector3d::UnitY();
  wall.width = wall.height = 2 * half_size;
  scene.panels = {wall};
  return scene;
}

inline std::shared_ptr<const CameraModel> Model(const std::string& name,
                                                const std::vector<double>& intrinsics,
                                                const std::vector<double>& distortion) {
  return MakeCameraModel(name, intrinsics, distortion).value();
}

/// A white half plane before a black wall: where the image changes is where the edge projects to.
struct Edge {
  SimulatedScene scene = Wall(5, 0.0F);
  explicit Edge(double distance) {
    scene.textures.emplace_back(2, std::vector<float>(4, 1.0F));
    Panel half = Wall(distance, 1.0F).panels[0];
    half.corner.y() = 0;  // seen to the right of y = 0
    half.texture = 1;
    scene.panels.push_back(half);
  }
};

/// Without the vignetting of a pinhole of 400 px focal length whose centre is (63.5, cy).
inline double Flattened(const Image<float>& image, int x, int y, double cy) {
  const double tangent2 = (std::pow(x - 63.5, 2) + std::pow(y - cy, 2)) / (400.0 * 400.0);
  return static_cast<double>(image(x, y)) * std::pow(1 + tangent2, 2);
}

/// Where a row turns from black to white, in px, from the light it has.
inline double Crossing(const Image<float>& image, int y) {
  const double cy = 0.5 * (image.height() - 1);
  double light = 0;
  for (int x = 0; x < image.width(); ++x) light += Flattened(image, x, y, cy);
  return image.width() - 0.5 - light / Flattened(image, image.width() - 1, y, cy);
}

/// A camera that looks along +x at 1 m/s up (1) or down (-1).
inline MotionSpline Upwards(double sign) {
  return Moving({LookingAlongX(), Eigen::Vector3d::Zero()}, {0, 0, sign}, {0, 0, 0});
}

}  // namespace nightjar
