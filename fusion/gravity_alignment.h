// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "calibration/rig.h"
#include "fusion/start_frames.h"

namespace nightjar {

/// Velocity and gravity at the first of several frames, in its body axes.
struct GravityAlignment {
  Eigen::Vector3d velocity_body = Eigen::Vector3d::Zero();  // m/s
  Eigen::Vector3d gravity_body = Eigen::Vector3d::Zero();   // m/s^2, of the known magnitude
  double bearing_rms_rad = 0;                               // of what was seen, robustly weighted
};

/// The velocity, gravity and scale that inertial samples and tracks agree on, in closed form: with
/// rotations from the gyro, the position of frame k is v t + g t^2 / 2 + a_k, and a feature at X
/// seen along u from the camera's centre c_k has (I - u u^T)(X - c_k) = 0, all of it linear
/// (Dong-Si, Mourikis, "Estimator initialization in vision-aided inertial navigation with unknown
/// camera-IMU calibration", IROS 2012). Every X is eliminated; |g| is held. Equations are in metres
/// at first and then divided by each feature's distance, so that angles are what is minimised.
///
/// `intervals`: between neighbouring frames, at the biases that are to be believed. Any number of
/// cameras. Nothing when too few features were seen in three frames or more, or the motion does not
/// determine the unknowns.
std::optional<GravityAlignment> AlignGravity(const Rig& rig, const std::vector<StartFrame>& frames,
                                             const std::vector<ImuPreintegration>& intervals);

/// The state at every frame, in a world whose z axis is up, whose origin is the first frame and in
/// which `T_world_first` gives the first frame's yaw (its tilt is replaced). Biases are those of
/// the intervals.
std::vector<NavigationState> StatesFromAlignment(const GravityAlignment& alignment,
                                                 const std::vector<StartFrame>& frames,
                                                 const std::vector<ImuPreintegration>& intervals,
                                                 const Se3& T_world_first);

}  // namespace nightjar
