// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "fusion/estimator_options.h"
#include "fusion/window.h"

namespace nightjar {

/// Whether the newest state should become a keyframe: too few of its features belong to landmarks,
/// or the last keyframe is long ago and the images agree (`inliers`). In the dark never: that would
/// push a keyframe that has landmarks out.
bool WantsKeyframe(const Window& window, const EstimatorOptions& options, bool initialised,
                   int inliers);

/// The keyframe that the window can best do without: one whose landmarks have almost all left the
/// newest frame, oldest first; else the one whose removal leaves the others best spread, near the
/// newest dense and far away sparse (Engel, Koltun, Cremers, "Direct Sparse Odometry", TPAMI 2018,
/// eq. 20). Never one of the two newest keyframes. The window must hold at least three keyframes.
int64_t KeyframeToDrop(const Window& window);

}  // namespace nightjar
