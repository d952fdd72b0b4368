// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "calibration/rig.h"
#include "core/feature_track.h"
#include "core/imu_sample.h"
#include "core/trajectory.h"

namespace nightjar {

/// Standard normal numbers that are the same on every machine and for every seed: no <random>
/// distributions.
class NormalSource {
 public:
  explicit NormalSource(uint64_t seed) : state_(seed * 0x9E3779B97F4A7C15ull + 1) {}
  double Uniform();  // [0, 1)
  double Normal();
  Eigen::Vector3d Normal3();

 private:
  uint64_t state_;
};

/// A smooth hand-held motion with exact derivatives: sines in position and in yaw, pitch and roll.
struct SmoothMotion {
  Eigen::Vector3d amplitude{0.6, 0.5, 0.2};           // m
  Eigen::Vector3d frequency{0.31, 0.43, 0.57};        // Hz
  Eigen::Vector3d angle_amplitude{0.5, 0.25, 0.2};    // rad: yaw, pitch, roll
  Eigen::Vector3d angle_frequency{0.23, 0.37, 0.41};  // Hz

  /// Until then it stands where it would be at that time; within a second it comes into motion,
  /// half a second late. Far in the past: it never stood.
  double rest_until_s = -1e9;

  Se3 Pose(double t) const;                         // T_world_body
  Eigen::Vector3d Velocity(double t) const;         // world
  Eigen::Vector3d Acceleration(double t) const;     // world
  Eigen::Vector3d AngularVelocity(double t) const;  // body
};

/// What a rig measures along a SmoothMotion: inertial samples and feature tracks with known noise,
/// and the truth.
struct Scenario {
  Rig rig;
  SmoothMotion motion;
  std::vector<ImuSample> imu;
  std::vector<FrameObservations> frames;
  std::vector<NavigationState> truth;      // at the frames
  std::vector<Eigen::Vector3d> landmarks;  // world; the track number is the index
};

struct ScenarioOptions {
  double seconds = 6;
  double imu_rate_hz = 200;
  double frame_rate_hz = 20;
  int landmarks = 300;       // spread over the walls of a room
  int cameras = 2;           // 1 or 2
  double pixel_noise = 0.5;  // px, 1 sigma per axis
  double outlier_share = 0;  // of the observations: shifted by up to 30 px
  bool imu_noise = true;     // white noise and random walk at the rig's densities
  Eigen::Vector3d gyro_bias{0.01, -0.02, 0.03};
  Eigen::Vector3d accelerometer_bias{0.05, -0.04, 0.08};
  double start_s = 3;  // the motion's time at the first frame; IMU starts 1 s before
  SmoothMotion motion = {};
  uint64_t seed = 1;
};

/// A stereo rig like common visual-inertial heads: 752x480, 460 px focal length, 11 cm baseline, z
/// forward = body x.
Rig ScenarioRig(int cameras);

Scenario MakeScenario(const ScenarioOptions& options);

}  // namespace nightjar
