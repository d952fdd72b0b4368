// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Geometry>
#include <optional>
#include <string>
#include <vector>

#include "apps/pipeline/stereo_inspection.h"
#include "calibration/estimate/gyro_camera_alignment.h"
#include "calibration/estimate/mounting_hypothesis.h"

namespace nightjar {

/// What the images of the first two cameras say of the hypotheses about them.
struct StereoVerdict {
  enum class Kind { kUnknown, kNone, kFound } kind = Kind::kUnknown;
  StereoHypothesis hypothesis = StereoHypothesis::kGiven;  // of kFound

  bool Is(StereoHypothesis asked) const { return kind == Kind::kFound && hypothesis == asked; }
  /// Whether T_BS of a camera is inverted; nothing where the images do not say.
  std::optional<bool> Inverts(size_t camera) const;
};

StereoVerdict JudgeStereoAgreement(const StereoAgreement& stereo);

/// "left and right are swapped: 74 % of the corners are found with ...": what is wrong by
/// `hypothesis`, which is not kGiven. `first`, `second`: the cameras' names.
std::string DescribeStereoMistake(const StereoAgreement& stereo, StereoHypothesis hypothesis,
                                  const std::string& first, const std::string& second);

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
  /// Another camera turns with the IMU as the rig says: what is wrong is this camera's T_BS.
  bool camera_is_wrong = false;

  bool IsAsGiven() const { return known && kind == MountingHypothesis::Kind::kAsGiven; }
};

/// The verdicts on all cameras of a rig, whose rotations are given with their alignments. Where
/// rotations cannot decide between an inverted T_BS and an IMU that is turned, `stereo` does; where
/// a camera agrees with the IMU, the IMU is right and the others' T_BS are what is wrong.
std::vector<MountingVerdict> JudgeAllMountings(
    const std::vector<std::optional<GyroCameraAlignment>>& alignments,
    const std::vector<Eigen::Quaterniond>& R_body_camera, StereoVerdict stereo);

}  // namespace nightjar
