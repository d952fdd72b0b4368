// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "calibration/rig.h"
#include "core/keyframe.h"
#include "core/result.h"
#include "fusion/window.h"

namespace nightjar {

/// The covariance of every state of a solved window given position and yaw of the first: the order
/// and axes of Keyframe::covariance. Landmarks are eliminated into a sparse system of the states,
/// whose inverse is taken block column by block column: memory grows with the number of states,
/// time with its square. Fails with kNoAnswer when the window does not determine its states.
Result<std::vector<Matrix15d>> StateCovariances(Window& window, const Rig& rig,
                                                double huber_threshold);

/// The standard deviation of each landmark's inverse distance, 1/m, given the poses: in the order
/// of window.landmarks; infinite where its observations do not determine it.
std::vector<double> InverseDistanceSigmas(Window& window, const Rig& rig, double huber_threshold);

}  // namespace nightjar
