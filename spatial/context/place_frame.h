// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>

#include "spatial/scene.h"

namespace nightjar {

/// The frame in which places are told: the scene's aligned one where there is one, else the world
/// frame of the map.
struct PlaceFrame {
  explicit PlaceFrame(const std::optional<AlignedFrame>& aligned = {});

  Eigen::Vector3d FromWorld(const Eigen::Vector3d& p_world) const;
  Eigen::Vector3d ToWorld(const Eigen::Vector3d& p) const;
  double Yaw(double yaw_world_rad) const;  // in (-pi, pi]

  bool is_aligned = false;
  bool has_floor = false;  // z = 0 is the floor
  double yaw_rad = 0;      // that is added
  double floor_z_m = 0;
  double cosine = 1, sine = 0;
};

}  // namespace nightjar
