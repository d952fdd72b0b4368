// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "calibration/rig.h"
#include "core/keyframe.h"
#include "fusion/imu_buffer.h"
#include "fusion/window.h"

namespace nightjar {

/// Takes a keyframe out of the window; the prior keeps what its inertial factors, the prior so far
/// and the landmarks hosted in it say about the other keyframes. Those landmarks end: what
/// keyframes saw of them is used up, so that no measurement counts twice; what the newest state and
/// non-keyframes saw stays, for new landmarks. What the keyframe saw of landmarks hosted elsewhere
/// is given up: keeping it would tie them to the prior.
///
/// `id` must be a keyframe whose neighbours are keyframes, neither of them the last state.
void MarginaliseKeyframe(Window& window, const Rig& rig, int64_t id, double huber_threshold);

/// Takes a state that is no keyframe out of the window: its image is given up, its inertial samples
/// join its successor's. It must be neither first nor last.
void DropState(Window& window, int64_t id, const ImuBuffer& imu, const ImuNoise& noise);

/// How well a window knows its newest state, and how large it is.
struct NewestUncertainty {
  /// Of the last state given position and yaw of the first: the order and axes of
  /// Keyframe::covariance.
  Matrix15d covariance = Matrix15d::Zero();
  /// 1 sigma of the size of the path through the window's states, relative to it: of the scale.
  /// Infinite when they are all in one place.
  double scale_sigma = 0;
};

/// Nothing when the window does not determine its states.
std::optional<NewestUncertainty> UncertaintyOfNewest(Window& window, const Rig& rig,
                                                     double huber_threshold);

}  // namespace nightjar
