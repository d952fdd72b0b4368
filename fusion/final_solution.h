// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "calibration/rig.h"
#include "core/result.h"
#include "fusion/estimator_options.h"
#include "fusion/imu_buffer.h"
#include "fusion/sliding_window.h"
#include "fusion/visual_inertial_estimator.h"

namespace nightjar {

/// Solves all keyframes of one map together (full-length tracks, no prior) and returns them with
/// their covariance, the landmarks, and one row per frame: between keyframes the inertial samples
/// carry the pose, and what is missing at the next keyframe is spread evenly over the time between.
/// `causal` gives the times and status of the map's frames. Maps are told apart by the caller.
Result<FinalSolution> SolveFinal(const Rig& rig, const EstimatorOptions& options,
                                 const StartBelief& start, std::vector<KeyframeRecord> keyframes,
                                 const ImuBuffer& imu, const Trajectory& causal);

}  // namespace nightjar
