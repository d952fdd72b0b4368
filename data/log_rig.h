// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "calibration/depth_noise.h"
#include "calibration/rig.h"
#include "core/result.h"
#include "data/asl_folder.h"
#include "data/sensor_log.h"

namespace nightjar {

/// The calibration of what is read of a log.
struct LogRig {
  Rig rig;                                    // its cameras: those asked for, in their order
  std::vector<RigCamera> depth_sensors;       // idem
  std::vector<DepthNoise> depth_noise;        // as their sensor.yaml says it, or the default
  std::vector<RigEventCamera> event_cameras;  // idem
  /// Where a sensor.yaml says something else than the rig's file, which wins: one each.
  std::vector<LogAnomaly> disagreements;
  std::vector<std::string> notes;  // one line each
};

struct LogRigRequest {
  std::vector<std::string> cameras;
  std::vector<std::string> depth_sensors;
  /// Of those that neither the rig's file nor a sensor.yaml calibrate, notes say so.
  std::vector<std::string> event_cameras;
  /// A rig in any form that ReadRig knows, which wins over the log's own.
  std::optional<std::filesystem::path> rig_file;
};

/// Takes the rig from `rig_file`, else from the log's rig.yaml, else from each sensor.yaml. With a
/// rig's file the sensor.yaml files may be missing; what the file does not say (a depth sensor, the
/// noise of the IMU) is taken from them.
///
/// kUnusableInput with FILE:LINE where there is a line: a file cannot be read; the rig does not
/// list a camera that is read, or its IMU is not imu0; one of T_body_camera and the T_BS of a
/// sensor.yaml is the inverse of the other.
Result<LogRig> ReadLogRig(const AslFolder& folder, const LogRigRequest& request);

}  // namespace nightjar
