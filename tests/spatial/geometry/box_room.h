// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Geometry>
#include <vector>

#include "calibration/rig.h"
#include "core/depth_map.h"
#include "core/keyframe.h"

namespace nightjar {

/// An empty room with boxes in it, looked at exactly: floor at z = 0 and the corner of low x and y
/// at the origin of its own frame.
struct BoxRoom {
  Eigen::Vector3d size{5.3, 4.1, 2.6};  // m
  std::vector<Eigen::AlignedBox3d> boxes;
  Se3 T_world_room;  // a turn about z, and a step

  /// How far a ray from inside goes; world, `direction` of any length, in multiples of it.
  double Cast(const Eigen::Vector3d& from, const Eigen::Vector3d& direction) const;
};

/// 160 x 120 px, 80 degrees wide; looks along body x.
Rig BoxRig();
PinholeView BoxView();

/// A body at `place` (of the room's frame) that looks along `yaw`, counter-clockwise from the
/// room's x, and down by `pitch`.
Se3 LookAt(const BoxRoom& room, const Eigen::Vector3d& place, double yaw, double pitch = 0);

/// `count` keyframes on a small circle at 1.5 m in the middle of the room, looking outwards, 0.2 s
/// apart; without covariance.
std::vector<Keyframe> Turning(const BoxRoom& room, int count, double pitch = 0);

/// The depth that a body at a pose sees, with independent errors of `sigma_at_1m` z^2.
DepthMap DepthOf(const BoxRoom& room, const Keyframe& keyframe, double sigma_at_1m, uint64_t seed,
                 const PinholeView& view = BoxView());

}  // namespace nightjar
