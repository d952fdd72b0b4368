// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <vector>

#include "calibration/estimate/gyro_camera_alignment.h"

namespace nightjar {

/// One way in which gyro and camera may be turned against each other.
struct MountingHypothesis {
  enum class Kind {
    kAsGiven,        // R_body_camera is right
    kInverted,       // it is the inverse that is right
    kImuTurned,      // the IMU's axes are rotated by `imu_axes`
    kAxesReflected,  // ... are a reflection of what they should be: no IMU can be mounted so
    kOtherwise,      // another rotation, to be had from MeasuredRotation
  };
  Kind kind = Kind::kAsGiven;
  /// gyro as it is = imu_axes * gyro as it should be; the identity where the axes are right.
  Eigen::Matrix3d imu_axes = Eigen::Matrix3d::Identity();

  /// map = diag(across, across, along) * R_camera_body * imu_axes^T. `along` belongs to the turn
  /// about the optical axis, which the focal length does not enter: 1 / along is the gyro's scale,
  /// across / along the true over the assumed focal length.
  double across = 0;
  double along = 0;
  double across_sigma = 0;
  double along_sigma = 0;
  /// Share of what the map explains that this hypothesis does not: about the square of the sine of
  /// the angle by which it is wrong.
  double misfit = 0;
  /// Chi-squared of the same, in units of the alignment's sigmas, 9 - 2 degrees of freedom.
  double chi2 = 0;
};

/// The given mounting, its inverse, and the 47 other ways to name the IMU's axes, by rising chi2.
std::vector<MountingHypothesis> JudgeMountings(const GyroCameraAlignment& alignment,
                                               const Eigen::Quaterniond& R_body_camera);

/// The mounting with whatever rotation fits best: kOtherwise. Misfit 1 where none does.
MountingHypothesis MeasureMounting(const GyroCameraAlignment& alignment);

/// The rotation nearest to what was measured, scales taken out: R_body_camera for a mounting
/// without reflection.
Eigen::Quaterniond MeasuredRotation(const GyroCameraAlignment& alignment,
                                    const MountingHypothesis& hypothesis);

/// 1 sigma of that rotation about its worst axis, rad.
double MeasuredRotationSigma(const GyroCameraAlignment& alignment,
                             const MountingHypothesis& hypothesis);

}  // namespace nightjar
