// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "spatial/session.h"

namespace nightjar {

/// The files of a session's slam/ folder: Project Aria's "machine perception services" formats,
/// byte for byte what its readers ask for, so that what reads Aria recordings reads ours. 'device'
/// is our body, the IMU. Times are whole microseconds of the log's clock, rounded; there is no UTC
/// (-1) and no geographic position. Lengths in metres with nine decimals.
namespace aria {

/// One row per row of Session::closed_loop. Linear velocity in the *device* frame.
std::string ClosedLoopTrajectoryCsv(const Session& session);

/// One row per row of Session::open_loop. Linear velocity in the *odometry* frame.
std::string OpenLoopTrajectoryCsv(const Session& session);

/// One row per landmark and then one per semi-dense point of the scene, uncompressed.
std::string SemidensePointsCsv(const Session& session);

/// One line per keyframe: its IMU biases, and the rig, which is not estimated ("Calibrated": false
/// for the cameras); see AriaCalibrationJson. Cameras that Aria's readers would not take
/// (IsAriaCamera) stand in "Nightjar".
std::string OnlineCalibrationJsonl(const Session& session);

/// Outcome, span and path length of the run, in Aria's words, under the name of Aria's stage:
/// "SLAM".
std::string SummaryJson(const Session& session);

}  // namespace aria
}  // namespace nightjar
