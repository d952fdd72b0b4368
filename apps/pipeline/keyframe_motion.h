// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>

#include "core/se3.h"
#include "core/time.h"
#include "isp/depth/depth_warp.h"
#include "spatial/session.h"

namespace nightjar {

/// How keyframes moved against each other, and how well that is known.

/// The body's pose at a time, between the rows of a trajectory; nothing outside of it or between
/// two maps.
std::optional<Se3> PoseAt(const Trajectory& trajectory, SensorTime time);

/// How the body moved from one time to another: T_to_from. Nothing where one of the poses is not
/// known, or they are of two maps, whose worlds are not the same.
std::optional<Se3> WayBetween(const Trajectory& trajectory, SensorTime from, SensorTime to);

/// What the pose of one keyframe of a session is wrong by as seen from another of the same map, the
/// mean of the axes', not less than 1 mm and 0.25 mrad: of the way between the two where their
/// cross-covariance is kept (PairsToKeep: of near ones it is), else the difference of their
/// variances, which holds for a random walk. Rows of a rolling shutter are added for both
/// (RowSigma).
MoveSigma SigmaBetween(const Session& session, size_t a, size_t b);

/// What a frame's rows, which are exposed one after the other, are wrong by when they are taken for
/// ones of the frame's time: the reference camera's motion over readout_s / sqrt(12), the deviation
/// of the rows' times. Velocity is the keyframe's, the turn rate the gyro's where the final
/// trajectory has a row for the keyframe. Zero for a global shutter.
MoveSigma RowSigma(const Session& session, size_t keyframe);

}  // namespace nightjar
