// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "calibration/rig.h"
#include "core/keyframe.h"
#include "fusion/imu_buffer.h"

namespace nightjar {

/// What a path has to be multiplied by for the accelerometer to agree with it: 1 where the scale of
/// the path is right.
struct InertialScale {
  double scale = 1;
  double sigma = 0;
};

/// The scale of a solved path by the inertial samples alone. A baseline or a depth sensor in the
/// wrong unit outweighs the accelerometer in the estimator, and nothing there says so: every
/// residual is a little larger. Here the scale s is free. Of three keyframes, 0.8 s or more apart,
/// the velocity eliminated, with p the positions, dt1 and dt2 the times between and D the
/// preintegrated samples,
///
///   s [(p2 - p1)/dt2 - (p1 - p0)/dt1] = g (dt1 + dt2)/2 + R0 (Dv1 - Dp1/dt1) + R1 Dp2/dt2
///
/// for s, gravity and the accelerometer's bias, both near what they mostly are (Martinelli, "Vision
/// and IMU data fusion: closed-form solutions for attitude, speed, absolute scale and bias
/// determination", TRO 2012). Robust least squares; sigma from what remains, and from how much
/// noise of the positions makes s smaller.
///
/// `keyframes` of one map. Nothing when there are fewer than 8 such triples or the motion does not
/// tell (sigma above a fifth of it).
std::optional<InertialScale> MeasureInertialScale(std::span<const Keyframe> keyframes,
                                                  const ImuBuffer& imu, const ImuNoise& noise);

}  // namespace nightjar
