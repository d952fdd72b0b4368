// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/result.h"
#include "spatial/session.h"

namespace nightjar {

/// Whether `folder` holds files of Project Aria's machine perception services and no session.json:
/// then ReadAriaFolder() is what reads it.
bool IsAriaFolder(const std::filesystem::path& folder);

/// The results of Project Aria's machine perception services as a session: those of a device, or
/// the slam/ folder of one of ours. Looked for in the folder itself, its slam/ and its trajectory/
/// (the older name): closed_loop_trajectory.csv and open_loop_trajectory.csv (one of them must be
/// there), semidense_points.csv.gz or global_points.csv.gz, online_calibration.jsonl.
///
/// What becomes of them:
///  - The body is Aria's *device*, so that the poses of the session are the numbers in the files.
///    On a device that is the frame of camera-slam-left, and rig.imu.T_body_imu says where the IMU
///    is; in our own folders it is the IMU.
///  - Trajectories: rows that come faster than 100 Hz (a device writes 1 kHz) are thinned to at
///    most 20 Hz; the others are kept as they are.
///  - Keyframes: the first row, and each that has moved by 0.25 m, turned by 15 degrees or waited
///    for 5 s since the one before, of rows with a quality score of 0.5 or more. Their covariances
///    are not in the files: all NaN, as is not known; so is how many landmarks they see, -1.
///  - Landmarks: the points, with the sigmas of the file.
///  - Cameras: those of the first line of the calibration; camera-rgb comes first, as it is the one
///    that looks ahead.
///  - The scene is built from the points (spatial/geometry/point_scene.h), with the path taken as
///    exact: its sigmas are those of the points within the device's own map.
///  - A stage "aria" says what was thinned.
///
/// Errors: kUsage when the folder holds no such files, kUnusableInput with FILE:LINE.
Result<Session> ReadAriaFolder(const std::filesystem::path& folder);

}  // namespace nightjar
