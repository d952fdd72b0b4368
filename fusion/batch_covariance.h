// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "calibration/rig.h"
#include "core/keyframe.h"
#include "core/keyframe_pair.h"
#include "core/result.h"
#include "fusion/window.h"

namespace nightjar {

struct WindowCovariance {
  /// Of every state given position and yaw of the first: the order and axes of
  /// Keyframe::covariance.
  std::vector<Matrix15d> states;
  /// Of the pairs of PairsToKeep(), in its order.
  std::vector<KeyframePair> pairs;
  /// Of each landmark's inverse distance from its host camera, one standard deviation, 1/m, the
  /// uncertainty of the poses included; in the order of window.landmarks.
  std::vector<double> inverse_distance_sigmas;
};

/// The uncertainty of a solved window. Landmarks are eliminated into a sparse system of the states,
/// which is factored once; then one solve per state and landmark, of which the first kind gives the
/// covariance with all other states as well: memory grows with the number of
/// states, time with its square. Fails with kNoAnswer when the window does not determine its
/// states.
Result<WindowCovariance> ComputeCovariance(Window& window, const Rig& rig, double huber_threshold);

}  // namespace nightjar
