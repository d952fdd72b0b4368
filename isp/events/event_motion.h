// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <span>
#include <vector>

#include "core/imu_sample.h"
#include "core/result.h"
#include "core/se3.h"
#include "core/time.h"

namespace nightjar {

/// Where a camera was over a short time, seen from where it was at one instant of it, the
/// reference. Between knots motion is even; before the first and after the last one there is none.
struct EventMotion {
  struct Knot {
    SensorTime time;
    Se3 T_reference_camera;
  };
  std::vector<Knot> knots;  // rising in time, at least one
};

/// How a camera sits on the gyro.
struct GyroMount {
  Eigen::Quaterniond R_body_camera = Eigen::Quaterniond::Identity();
  Eigen::Vector3d gyro_bias_body = Eigen::Vector3d::Zero();  // rad/s, taken off every sample
};

/// The rotation of a camera during [begin, end] (up to 10 s) from its gyro; its translation is
/// zero. Angular velocity is linear between samples, and held before the first and after the last
/// one. Knots are at most 1 ms apart: in between, a camera turning by 20 rad/s is missed by 5e-5
/// rad. At `reference`, which is in [begin, end], the rotation is the identity.
///
/// Fails with kUsage when the times are wrong, kUnusableInput without samples or when their times
/// fall.
Result<EventMotion> MotionFromGyro(std::span<const ImuSample> samples, const GyroMount& mount,
                                   SensorTime begin, SensorTime end, SensorTime reference);

}  // namespace nightjar
