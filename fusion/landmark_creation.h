// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <optional>
#include <span>

#include "calibration/rig.h"
#include "core/feature_track.h"
#include "core/se3.h"
#include "fusion/landmark_parameters.h"
#include "fusion/window.h"

namespace nightjar {

/// A view of a landmark: which camera saw it where, and from which pose of the body.
struct LandmarkView {
  Se3 T_world_body;
  FeatureObservation feature;
};

/// The landmark of `host` (the first view) that the other views agree on, to first order: with b
/// the host's bearing, a view's bearing c must be parallel to R b + rho t, so rho solves the linear
/// least squares of c x (R b + rho t) = 0. Nothing when the views have too little parallax to tell
/// its distance, or say that it lies behind.
std::optional<std::array<double, kLandmarkSize>> Triangulate(const Rig& rig,
                                                             const LandmarkView& host,
                                                             std::span<const LandmarkView> others);

/// Makes landmarks, hosted in state `id`, of its features that have none, as far as its other
/// cameras or unused views of other states in the window give a distance.
void CreateLandmarks(Window& window, const Rig& rig, int64_t id);

/// Makes landmarks of every track that at least two states of the window saw, hosted where it was
/// seen first, as far as its views give a distance.
void CreateAllLandmarks(Window& window, const Rig& rig);

}  // namespace nightjar
