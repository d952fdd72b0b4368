// SPDX-License-Identifier: Apache-2.0
#include "fusion/estimator_options.h"

#include <string>

namespace nightjar {
namespace {

// Also false for NaN.
bool Inside(double value, double low, double high) { return value >= low && value <= high; }

Status Refuse(const std::string& field, const std::string& range) {
  return Fail(ErrorKind::kUsage, "estimator option " + field + " is out of range", "",
              "use " + range);
}

}  // namespace

ImuNoise EstimatorOptions::Inflated(const ImuNoise& noise) const {
  ImuNoise inflated = noise;
  inflated.gyro_noise_density *= gyro_noise_factor;
  inflated.accelerometer_noise_density *= accelerometer_noise_factor;
  return inflated;
}

Status EstimatorOptions::Validate() const {
  if (!Inside(window_keyframes, 3, 50)) return Refuse("window_keyframes", "3 .. 50");
  if (!Inside(window_recent_frames, 0, 10)) return Refuse("window_recent_frames", "0 .. 10");
  if (!Inside(solver_iterations, 1, 50)) return Refuse("solver_iterations", "1 .. 50");
  if (!Inside(huber_threshold, 0.5, 10)) return Refuse("huber_threshold", "0.5 .. 10");
  if (!Inside(outlier_threshold, 2, 50)) return Refuse("outlier_threshold", "2 .. 50");
  if (!Inside(pixel_sigma_floor, 0.01, 10)) return Refuse("pixel_sigma_floor", "0.01 .. 10");
  if (!Inside(keyframe_tracked_share, 0, 1)) return Refuse("keyframe_tracked_share", "0 .. 1");
  if (!Inside(keyframe_interval_s, 0.05, 5)) return Refuse("keyframe_interval_s", "0.05 .. 5");
  if (!Inside(start_keyframe_interval_s, 0.05, 0.4)) {
    return Refuse("start_keyframe_interval_s", "0.05 .. 0.4");
  }
  if (!Inside(gyro_noise_factor, 1, 100)) return Refuse("gyro_noise_factor", "1 .. 100");
  if (!Inside(accelerometer_noise_factor, 1, 100)) {
    return Refuse("accelerometer_noise_factor", "1 .. 100");
  }
  if (!Inside(start_up_window_s, 0.01, 60)) return Refuse("start_up_window_s", "0.01 .. 60");
  if (!Inside(start_up_sigma_rad, 1e-3, 3)) return Refuse("start_up_sigma_rad", "0.001 .. 3");
  if (!Inside(start_speed_sigma_m_s, 1e-3, 100)) {
    return Refuse("start_speed_sigma_m_s", "0.001 .. 100");
  }
  if (!Inside(start_gyro_bias_sigma, 1e-5, 1)) return Refuse("start_gyro_bias_sigma", "1e-5 .. 1");
  if (!Inside(start_accelerometer_bias_sigma, 1e-4, 10)) {
    return Refuse("start_accelerometer_bias_sigma", "1e-4 .. 10");
  }
  if (!Inside(initialised_tilt_sigma_rad, 1e-4, 1)) {
    return Refuse("initialised_tilt_sigma_rad", "1e-4 .. 1");
  }
  if (!Inside(initialised_speed_sigma_m_s, 1e-4, 10)) {
    return Refuse("initialised_speed_sigma_m_s", "1e-4 .. 10");
  }
  if (!Inside(still_pixels, 0.01, 10)) return Refuse("still_pixels", "0.01 .. 10");
  if (!Inside(still_gyro_spread_rad_s, 1e-4, 1)) {
    return Refuse("still_gyro_spread_rad_s", "1e-4 .. 1");
  }
  if (!Inside(still_force_spread_m_s2, 1e-3, 10)) {
    return Refuse("still_force_spread_m_s2", "1e-3 .. 10");
  }
  if (!Inside(still_keyframe_interval_s, 0.05, 60)) {
    return Refuse("still_keyframe_interval_s", "0.05 .. 60");
  }
  if (!Inside(initialised_scale_sigma, 0.01, 1)) {
    return Refuse("initialised_scale_sigma", "0.01 .. 1");
  }
  if (!Inside(tracking_inliers, 1, 1000)) return Refuse("tracking_inliers", "1 .. 1000");
  if (!Inside(dead_reckoned_inliers, 0, tracking_inliers)) {
    return Refuse("dead_reckoned_inliers", "0 .. tracking_inliers");
  }
  if (!Inside(lost_drift_sigma_m, 1e-3, 1000)) return Refuse("lost_drift_sigma_m", "0.001 .. 1000");
  if (!Inside(degraded_inertial_rms, 1, 100)) return Refuse("degraded_inertial_rms", "1 .. 100");
  if (!Inside(degraded_bias_sigmas, 1, 1000)) return Refuse("degraded_bias_sigmas", "1 .. 1000");
  if (!Inside(lost_bias_sigmas, degraded_bias_sigmas, 1000)) {
    return Refuse("lost_bias_sigmas", "degraded_bias_sigmas .. 1000");
  }
  if (!Inside(batch_iterations, 1, 500)) return Refuse("batch_iterations", "1 .. 500");
  return {};
}

}  // namespace nightjar
