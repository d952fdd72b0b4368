// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/rig.h"
#include "core/result.h"

namespace nightjar {

/// How the estimator works. Counts and seconds of sensor time only, never wall time: the result
/// must not depend on how fast the machine is.
struct EstimatorOptions {
  // --- the window ---
  int window_keyframes = 9;  // 3 .. 50; each costs a 15-dimensional block in every solve
  int window_recent_frames =
      2;  // 0 .. 10 frames kept beside the newest one while they are not keyframes
  int solver_iterations = 5;     // 1 .. 50 Levenberg-Marquardt steps per frame
  double huber_threshold = 1.5;  // 0.5 .. 10 sigma: beyond it a residual counts linearly
  double outlier_threshold =
      5;  // 2 .. 50 sigma: beyond it, after a solve, an observation is dropped

  /// 0.01 .. 10 px, 1 sigma per axis: added to every observation's covariance, for what a tracker
  /// cannot see in its own residuals: calibration, perspective, points that are no points.
  double pixel_sigma_floor = 0.3;

  // --- when a frame becomes a keyframe ---
  double keyframe_tracked_share = 0.75;  // 0 .. 1: fewer of its features belong to landmarks
  double keyframe_interval_s = 0.3;      // 0.05 .. 5 s since the last one
  /// 0.05 .. 0.4 s, while initialising: gravity and biases want many views, and the start of one
  /// camera five within two seconds; also the shortest between any two.
  double start_keyframe_interval_s = 0.1;

  // --- trust in the sensors ---
  /// Factors on the densities of the rig's IMU: scale error, misalignment, vibration and sampling
  /// are not in a datasheet's white noise. 1 .. 100.
  double gyro_noise_factor = 8;
  double accelerometer_noise_factor = 8;

  // --- standing still (fusion/stillness.h) ---
  bool zero_velocity_updates = true;
  double still_pixels = 0.5;              // 0.01 .. 10 px that half of the features may move by
  double still_gyro_spread_rad_s = 0.03;  // 1e-4 .. 1, standard deviation over half a second
  double still_force_spread_m_s2 = 0.2;   // 1e-3 .. 10, idem
  double still_keyframe_interval_s = 5;   // 0.05 .. 60: between keyframes meanwhile
  double start_up_window_s = 1;           // s of IMU averaged for the direction of gravity
  double start_up_sigma_rad = 0.3;        // of that direction, in motion
  double start_speed_sigma_m_s = 2;       // about rest
  double start_gyro_bias_sigma = 0.1;     // rad/s
  double start_accelerometer_bias_sigma = 0.1;  // m/s^2

  // --- when to believe the result ---
  double initialised_tilt_sigma_rad = 0.025;  // 1.4 degrees
  double initialised_speed_sigma_m_s = 0.1;
  /// 0.01 .. 1, relative: of the scale, where only one camera sees the scene. With two cameras it
  /// is the baseline's.
  double initialised_scale_sigma = 0.1;
  int tracking_inliers = 20;      // fewer: degraded
  int dead_reckoned_inliers = 6;  // fewer: the images say nothing that could be checked
  double lost_drift_sigma_m =
      0.5;  // 1 sigma of position against the oldest pose in the window: lost

  /// RMS of the whitened inertial residual since the frame before, 1 .. 100: above it images and
  /// inertial samples contradict each other. In sigma; 1.5 is exceeded by chance in 0.4 % of frames
  /// even before the estimate has pleased the samples.
  double degraded_inertial_rms = 1.5;

  /// Biases this many start sigmas from what was believed are no biases but wrong units, axes or
  /// extrinsics, to which the estimator bends itself: 1 .. 1000. At 0.1 m/s^2, 6 are 60 mg, more
  /// than consumer accelerometers are off.
  double degraded_bias_sigmas = 6;
  double lost_bias_sigmas = 12;

  // --- the final solution ---
  int batch_iterations = 30;  // 1 .. 500

  /// The rig's noise with the factors applied.
  ImuNoise Inflated(const ImuNoise& noise) const;

  Status Validate() const;
};

}  // namespace nightjar
