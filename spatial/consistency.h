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
struct Consistency {
  int64_t keyframes = 0;  // that entered the means
  double position = 0;    // mean of e' P^-1 e, e = position error in world axes (3)
  double rotation = 0;    // idem, e = rotation vector of the attitude error in world axes (3)
};

/// Compares keyframes with a reference of the same body. The covariances are relative to the first
/// keyframe, whose position and yaw are the gauge: the reference is moved by the translation and
/// the yaw that make it agree there, and the keyframe that carries the gauge does not enter the
/// means. It is the first keyframe, so the reference must cover it; else kNoAnswer, as when no
/// further keyframe can be compared. `max_gap_s` as in TrajectoryErrorOptions.
Result<Consistency> CompareCovariances(std::span<const Keyframe> keyframes,
                                       std::span<const StampedPose> reference,
                                       double max_gap_s = 0.1);

}  // namespace nightjar
