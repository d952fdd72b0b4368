// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "core/trajectory.h"
#include "spatial/session.h"

namespace nightjar {

/// A body that walks a slowly rising figure of eight while it looks about, with everything that a
/// session holds. Every number follows from `frames`: no randomness. Frames are 50 ms apart from t
/// = 10 s on; every fifth is a keyframe.
Session SyntheticSession(int frames = 200);

/// From `frame` on another map: a quarter turn and metres away from where it was, as nothing says
/// how two maps lie to each other. Every other landmark belongs to it.
void SplitIntoTwoMaps(Session& session, int frame);

/// Its true pose at `seconds` after the first frame.
Se3 SyntheticPose(double seconds);

/// The true path at 200 Hz as a reference has it: it begins 12.5 ms after t = 10 s, lacks 300 ms
/// after 7 s and ends after 14.2 s. Every other quaternion is turned over, which is the same
/// rotation.
std::vector<StampedPose> SyntheticReference();

/// An estimate of the true path in another world, at 20 Hz for 15 s, that wanders about by
/// centimetres and tenths of degrees.
std::vector<StampedPose> WanderingEstimate();

/// The poses of a trajectory.
std::vector<StampedPose> PosesOf(const Trajectory& trajectory);

}  // namespace nightjar
