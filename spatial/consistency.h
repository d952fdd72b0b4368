// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "core/keyframe.h"
#include "core/result.h"
#include "core/trajectory.h"

namespace nightjar {

/// Whether the promised covariances are true: the mean normalised estimation error squared
/// (Bar-Shalom, Li, Kirubarajan, "Estimation with applications to tracking and navigation", §5.4).
/// Each mean has an expected value of 3, the number of its degrees of freedom; above it the
/// estimator is overconfident, below it too careful. Keyframes of one run share their errors, so
/// the mean of one run scatters far more than that of as many independent draws.
///
/// Position and yaw of the reference have to be moved onto the estimate's, and there are two ways:
///  - at the first keyframe, where the covariances have their gauge. Expected are 3 and 3 for an
///    exact reference; the error of that one reference pose, though, is in every difference;
///  - fitted over all keyframes: the translation and yaw that minimise the squared position error
///    (Zhang, Scaramuzza, "A tutorial on quantitative trajectory evaluation for visual(-inertial)
///    odometry", IROS 2018, §III). The reference's noise averages out, but so does a part of what
///    the covariances promise: 3 is then an upper limit of what is expected. Positions tell the
///    yaw, so they have to spread over far more than the noise of the reference.
struct Consistency {
  /// The mean of e' P^-1 e.
  struct Nees {
    double position = 0;  // e = position error in world axes (3)
    double rotation = 0;  // e = rotation vector of the attitude error in world axes (3)
  };

  int64_t keyframes = 0;  // that entered the means
  Nees first_gauge;
  Nees fitted_gauge;
};

/// Compares keyframes with a reference of the same body. The covariances are relative to the first
/// keyframe, whose position and yaw are the gauge: it does not enter the means. The reference must
/// cover it; else kNoAnswer, as when no further keyframe can be compared. `max_gap_s` as in
/// TrajectoryErrorOptions.
Result<Consistency> CompareCovariances(std::span<const Keyframe> keyframes,
                                       std::span<const StampedPose> reference,
                                       double max_gap_s = 0.1);

}  // namespace nightjar
