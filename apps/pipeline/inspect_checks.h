// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <vector>

#include "apps/pipeline/inspect.h"
#include "apps/pipeline/stereo_inspection.h"
#include "calibration/estimate/gyro_camera_alignment.h"
#include "calibration/estimate/inertial_consistency.h"
#include "calibration/rig.h"

namespace nightjar {

/// What one pass over a log has measured.
struct InspectEvidence {
  Rig rig;
  std::vector<InspectedStream> streams;  // the IMU, then the cameras in the rig's order
  double angular_velocity_median = 0;    // rad/s, of its length
  double angular_velocity_spread = 0;    // rad/s, of its length: half of the inner 80 %
  double specific_force_median = 0;      // m/s^2, of its length
  double specific_force_spread = 0;      // m/s^2, of its length: half of the inner 80 %
  Eigen::Vector3d specific_force_mean = Eigen::Vector3d::Zero();
  std::vector<GyroReading> gyro_readings;  // by rising scatter
  double static_scatter = 0;
  std::vector<std::optional<CameraAlignment>> alignments;  // by camera
  std::optional<StereoAgreement> stereo;
};

/// The checks, in a fixed order. One mistake disturbs many measurements: what depends on something
/// that is already known to be wrong is `unknown` with that reason, so that a mistake is named once
/// and by its own name.
std::vector<InspectCheck> JudgeEvidence(const InspectEvidence& evidence);

}  // namespace nightjar
