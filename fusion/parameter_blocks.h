// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <array>

#include "core/se3.h"
#include "core/trajectory.h"

/// How states lie in the arrays that Ceres optimises.
///
/// pose     [px py pz qx qy qz qw]  T_world_body, on PoseManifold (6 degrees of freedom)
/// motion   [vx vy vz | bgx bgy bgz | bax bay baz]  velocity_world, gyro bias, accelerometer bias
/// landmark see fusion/landmark_parameters.h
namespace nightjar {

inline constexpr int kPoseSize = 7;
inline constexpr int kPoseTangentSize = 6;
inline constexpr int kMotionSize = 9;
inline constexpr int kStateTangentSize = kPoseTangentSize + kMotionSize;

/// The optimised values of one NavigationState.
struct StateBlocks {
  std::array<double, kPoseSize> pose{0, 0, 0, 0, 0, 0, 1};
  std::array<double, kMotionSize> motion{};
};

inline Se3 PoseFromBlock(const double* pose) {
  return {Eigen::Quaterniond(Eigen::Map<const Eigen::Vector4d>(pose + 3)),
          Eigen::Map<const Eigen::Vector3d>(pose)};
}

inline void PoseToBlock(const Se3& T_world_body, double* pose) {
  Eigen::Map<Eigen::Vector3d>{pose} = T_world_body.translation;
  Eigen::Map<Eigen::Vector4d>{pose + 3} = T_world_body.rotation.coeffs();
}

inline StateBlocks ToBlocks(const NavigationState& state) {
  StateBlocks blocks;
  PoseToBlock(state.T_world_body, blocks.pose.data());
  Eigen::Map<Eigen::Vector3d>{blocks.motion.data()} = state.velocity_world;
  Eigen::Map<Eigen::Vector3d>{blocks.motion.data() + 3} = state.gyro_bias;
  Eigen::Map<Eigen::Vector3d>{blocks.motion.data() + 6} = state.accelerometer_bias;
  return blocks;
}

inline NavigationState FromBlocks(SensorTime time, const StateBlocks& blocks) {
  return {time, PoseFromBlock(blocks.pose.data()),
          Eigen::Map<const Eigen::Vector3d>(blocks.motion.data()),
          Eigen::Map<const Eigen::Vector3d>(blocks.motion.data() + 3),
          Eigen::Map<const Eigen::Vector3d>(blocks.motion.data() + 6)};
}

}  // namespace nightjar
