// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Geometry>
#include <optional>
#include <string>

#include "apps/pipeline/stereo_inspection.h"
#include "calibration/estimate/gyro_camera_alignment.h"
#include "calibration/estimate/mounting_hypothesis.h"

namespace nightjar {

/// Which hypothesis about two cameras their images support.
enum class StereoVerdict { kUnknown, kGiven, kSwapped, kInverted, kNone };

StereoVerdict JudgeStereoAgreement(const StereoAgreement& stereo);

/// How IMU and camera are mounted, as far as their rotations tell.
struct MountingVerdict {
  /// The same rotation is seen by both: their offset in time means something.
  bool correlated = false;
  bool known = false;
  std::string why_unknown;
  MountingHypothesis::Kind kind = MountingHypothesis::Kind::kAsGiven;
  Eigen::Matrix3d imu_axes = Eigen::Matrix3d::Identity();
  double across = 0, across_sigma = 0;  // see MountingHypothesis
  double along = 0, along_sigma = 0;
  bool across_known = false, along_known = false;  // to a tenth
  double error_deg = 0;  // between the rig's rotation and the measured one
  double error_sigma_deg = 0;
  std::string alternative;  // what explains the data as well; empty: nothing does
};

/// `stereo` decides between an inverted T_BS and an IMU that is turned, where rotations cannot.
MountingVerdict JudgeMountingOf(const std::optional<GyroCameraAlignment>& alignment,
                                const Eigen::Quaterniond& R_body_camera, StereoVerdict stereo);

}  // namespace nightjar
