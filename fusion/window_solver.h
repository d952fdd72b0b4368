// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/rig.h"
#include "fusion/window.h"

namespace nightjar {

struct WindowSolverOptions {
  int iterations = 5;
  double huber_threshold = 1.5;  // sigma
  double outlier_threshold = 5;  // sigma
  /// Sparse for many keyframes, dense for a sliding window.
  bool sparse = false;
};

/// Improves the states and landmarks of `window` in place. Position and yaw of the first state are
/// held: the gauge. False when the solver found no usable solution; the window then keeps its
/// values.
bool SolveWindow(Window& window, const Rig& rig, const WindowSolverOptions& options);

/// Drops observations beyond the outlier threshold, and landmarks that are behind their camera or
/// that fewer than two observations are left of.
void RemoveOutliers(Window& window, const Rig& rig, const WindowSolverOptions& options);

}  // namespace nightjar
