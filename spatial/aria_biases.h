// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "core/se3.h"
#include "core/time.h"

namespace nightjar::aria {

/// What a line of Project Aria's online_calibration.jsonl says of one IMU.
struct OnlineBias {
  SensorTime time;
  Eigen::Vector3d gyro = Eigen::Vector3d::Zero();           // rad/s, in the IMU's frame
  Eigen::Vector3d accelerometer = Eigen::Vector3d::Zero();  // m/s^2
  Se3 T_device_imu;
};

/// One per line. `imu`: the Label of the IMU to read. `where` names the file in errors:
/// kUnusableInput with FILE:LINE for any line that cannot be read.
Result<std::vector<OnlineBias>> ParseOnlineBiases(std::string_view lines, const std::string& where,
                                                  const std::string& imu);

}  // namespace nightjar::aria
