// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "calibration/rig.h"
#include "core/frame_health.h"
#include "core/trajectory.h"
#include "fusion/estimator_options.h"
#include "fusion/imu_buffer.h"
#include "fusion/start_frames.h"
#include "fusion/window.h"

namespace nightjar {

/// What a map begins from.
struct MapOrigin {
  /// Where the body is taken to be at the first frame. Without it: at the origin, with the odometry
  /// frame's yaw.
  std::optional<Se3> T_world_body;
  Eigen::Vector3d gyro_bias = Eigen::Vector3d::Zero();           // rad/s
  Eigen::Vector3d accelerometer_bias = Eigen::Vector3d::Zero();  // m/s^2
};

/// Starts a map while no two cameras see the same features: one camera knows neither scale nor
/// velocity nor gravity, and an optimiser that begins at a guess can settle at a wrong scale and be
/// sure of it. So frames are collected until together they determine all of it: gyro bias from the
/// tracks (fusion/gyro_bias_from_tracks.h), velocity, gravity and scale in closed form
/// (fusion/gravity_alignment.h), then a solve of the whole window, which is accepted only when it
/// is sure of itself and agrees with the closed form.
///
/// Until then the body is held where it was, levelled by the accelerometer and turned by the gyro.
class MotionStart {
 public:
  /// `rig` must outlive this.
  MotionStart(const Rig& rig, const EstimatorOptions& options, const MapOrigin& origin);

  /// Takes a frame; `still`: what a StillnessDetector says of it. Returns the window to go on with,
  /// its newest state being this frame's, or nothing as long as there is not enough; then health()
  /// says why.
  std::optional<Window> Add(int64_t id, const FrameObservations& frame,
                            const std::optional<Eigen::Vector3d>& still, const ImuBuffer& imu);

  /// Where the body is held, at the newest frame.
  const NavigationState& held() const { return held_; }
  const FrameHealth& health() const { return health_; }
  /// What was believed of the first state of the window that Add() returned, or of the newest
  /// frame.
  const StartBelief& belief() const { return belief_; }

  /// Moves the held state to a frame. Add() does so itself.
  void Hold(const FrameObservations& frame, const ImuBuffer& imu);

 private:
  void Collect(StartFrame frame);
  std::optional<Window> TryToStart(const ImuBuffer& imu);
  Window MakeWindow(const std::vector<NavigationState>& states) const;
  StartBelief BeliefAt(SensorTime time, const ImuBuffer& imu) const;

  const Rig& rig_;
  EstimatorOptions options_;
  MapOrigin origin_;
  std::optional<SensorTime> since_;  // the first frame
  NavigationState held_;
  int standing_frames_ = 0;  // up to now, without a break
  StartBelief belief_;
  std::vector<StartFrame> frames_;  // spaced like keyframes of the start
  std::vector<Se3> held_poses_;     // at them
  FrameHealth health_;
};

}  // namespace nightjar
