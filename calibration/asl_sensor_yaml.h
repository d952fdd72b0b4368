// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "calibration/camera_model.h"
#include "calibration/rig.h"
#include "core/result.h"
#include "core/se3.h"

namespace nightjar {

/// What a camera's sensor.yaml of an ASL/EuRoC log says. Keys read: sensor_type (if there,
/// "camera"), T_BS {data: 16 numbers, row major}, rate_hz (may be missing), resolution [width,
/// height], camera_model ("pinhole"), intrinsics [fu, fv, cu, cv], distortion_model and
/// distortion_coefficients (see MakeCameraModel). Other keys are ignored.
struct AslCamera {
  Se3 T_base_camera;   // T_BS: the camera in the log's own base frame, which need not be the IMU's
  int width = 0;       // px, kMinImageSide .. kMaxImageSide
  int height = 0;      // px, idem
  double rate_hz = 0;  // nominal; 0 = unknown
  std::shared_ptr<const CameraModel> model;
};

/// What an IMU's sensor.yaml says. Keys read: sensor_type (if there, "imu"), T_BS, rate_hz (may be
/// missing), gyroscope_noise_density, gyroscope_random_walk, accelerometer_noise_density,
/// accelerometer_random_walk, each within the bounds below.
struct AslImu {
  Se3 T_base_imu;
  double rate_hz = 0;  // nominal; 0 = unknown
  ImuNoise noise;
};

inline constexpr int kMinImageSide = 16;     // px; in less there is no feature to follow
inline constexpr int kMaxImageSide = 16384;  // px; a larger resolution is taken for damage

/// Beyond these no IMU's noise lies: another unit or a slip, with which no estimate can be right.
inline constexpr double kMinImuNoise = 1e-9;           // rad/s/sqrt(Hz), m/s^2/sqrt(Hz)
inline constexpr double kMinImuRandomWalk = 1e-12;     // rad/s^2/sqrt(Hz), m/s^3/sqrt(Hz)
inline constexpr double kMaxGyroNoise = 10;            // density and random walk
inline constexpr double kMaxAccelerometerNoise = 100;  // idem

/// Reads a sensor.yaml. Every error is kUnusableInput with FILE:LINE: the file is missing or is not
/// YAML, a key is missing, has the wrong type or count, a number is not finite or out of range, the
/// rotation of T_BS is further than 1e-3 (largest entry of R^T R - I) from orthonormal or is a
/// reflection. A rotation nearer than that is replaced by the nearest one.
Result<AslCamera> ReadAslCamera(const std::filesystem::path& file);
Result<AslImu> ReadAslImu(const std::filesystem::path& file);

/// One camera of a rig whose body frame is the IMU's: T_body_camera = T_base_imu^-1 *
/// T_base_camera.
RigCamera MakeRigCamera(const std::string& name, const AslCamera& camera, const AslImu& imu);

}  // namespace nightjar
