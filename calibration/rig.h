// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "calibration/camera_model.h"
#include "core/se3.h"

namespace nightjar {

/// One camera of a rig.
struct RigCamera {
  std::string name;    // the stream it belongs to: "cam0"
  int width = 0;       // px
  int height = 0;      // px
  double rate_hz = 0;  // nominal; 0 = unknown
  std::shared_ptr<const CameraModel> model;
  Se3 T_body_camera;
};

/// The noise of an IMU, continuous time, as datasheets and Allan plots give it.
struct ImuNoise {
  double gyro_noise_density = 0;           // rad/s/sqrt(Hz)
  double gyro_random_walk = 0;             // rad/s^2/sqrt(Hz)
  double accelerometer_noise_density = 0;  // m/s^2/sqrt(Hz)
  double accelerometer_random_walk = 0;    // m/s^3/sqrt(Hz)
};

/// The IMU of a rig. Its frame is the body frame.
struct RigImu {
  std::string name;
  double rate_hz = 0;  // nominal; 0 = unknown
  ImuNoise noise;
};

/// The sensors of a device and how they are mounted on it.
struct Rig {
  std::vector<RigCamera> cameras;
  RigImu imu;
};

}  // namespace nightjar
