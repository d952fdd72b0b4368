// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>
#include <filesystem>
#include <vector>

#include "core/imu_sample.h"
#include "core/result.h"
#include "data/simulator/imu_model.h"
#include "data/simulator/motion_fit.h"

namespace nightjar {

/// The motion of a trajectory file, and what an IMU measured in it.
struct RecordedMotion {
  FittedMotion fit;
  SensorTime zero;     // sensor time of the motion's 0: `lead_s` behind the begin
  double seconds = 0;  // of video that fit between lead and tail
  /// As they were recorded, within [zero - lead_s, zero + seconds + tail_s]; empty: none
  /// were given.
  std::vector<ImuSample> samples;
  double rate_hz = 0;  // of the samples
  /// Mean of what was measured less the motion: all that is known of the biases.
  Eigen::Vector3d gyro_bias = Eigen::Vector3d::Zero();
  Eigen::Vector3d accelerometer_bias = Eigen::Vector3d::Zero();
};

struct RecordedMotionRequest {
  std::filesystem::path trajectory;  // any that data/trajectory_file.h reads; body = IMU
  std::filesystem::path imu;         // data/imu_recording.h; empty: none
  double seconds = HUGE_VAL;         // of video; infinite: all
  double lead_s = 0, tail_s = 0;     // of inertial samples before and behind the video
};

/// Begins where both files have begun and ends where one of them ends. kUnusableInput: a file
/// cannot be read or used (FitMotion), they have less than lead, tail and 0.1 s in common (then
/// their time bases differ), inertial samples are missing for more than 0.1 s, or they
/// are clearly of another motion (ImuAgreement). kUsage: more seconds are asked for than there are.
Result<RecordedMotion> ReadRecordedMotion(const RecordedMotionRequest& request);

/// Hands out the recorded samples with the motion at their times as truth.
Status VisitRecordedImu(const RecordedMotion& recorded, const ImuVisitor& visit);

}  // namespace nightjar
