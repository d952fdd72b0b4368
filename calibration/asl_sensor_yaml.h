// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <string>

#include "calibration/rig.h"
#include "core/result.h"
#include "core/se3.h"

namespace nightjar {

/// What a camera's sensor.yaml of an ASL/EuRoC log says. Keys read: sensor_type (if there,
/// "camera"), T_BS {data: 16 numbers, row major}, rate_hz (may be missing), resolution [width,
/// height], camera_model ("pinhole", "double-sphere", "FisheyeRadTanThinPrism"), intrinsics [fu,
/// fv, cu, cv], distortion_model (with "pinhole") and distortion_coefficients (see
/// MakeCameraModel), and those of ReadSampleKeys. Other keys are ignored.
struct AslCamera {
  Se3 T_base_camera;  // T_BS: the camera in the log's own base frame, which need not be the IMU's
  RigCamera camera;   // all but its name and pose
};

/// What an IMU's sensor.yaml says. Keys read: sensor_type (if there, "imu"), T_BS, rate_hz (may be
/// missing) and the four of ReadImuNoise.
struct AslImu {
  Se3 T_base_imu;
  double rate_hz = 0;  // nominal; 0 = unknown
  ImuNoise noise;
};

/// Reads a sensor.yaml. Every error is kUnusableInput with FILE:LINE: the file is missing or is not
/// YAML, a key is missing, has the wrong type or count, a number is not finite or out of range, the
/// rotation of T_BS is further than 1e-3 (largest entry of R^T R - I) from orthonormal or is a
/// reflection. A rotation nearer than that is replaced by the nearest one.
Result<AslCamera> ReadAslCamera(const std::filesystem::path& file);
Result<AslImu> ReadAslImu(const std::filesystem::path& file);

/// One camera of a rig whose body frame is the IMU's: T_body_camera = T_base_imu^-1 *
/// T_base_camera.
RigCamera MakeRigCamera(const std::string& name, const AslCamera& camera, const AslImu& imu);

/// The text of a sensor.yaml, whose numbers are read back bit for bit. `T_base_body`: the pose of
/// the body in the frame that the T_BS of all files of a log refer to; the identity in EuRoC. A
/// rate of 0 is left out. Sigmas have no place in it.
std::string AslCameraYaml(const RigCamera& camera, const Se3& T_base_body = {});
std::string AslImuYaml(const RigImu& imu, const Se3& T_base_body = {});

}  // namespace nightjar
