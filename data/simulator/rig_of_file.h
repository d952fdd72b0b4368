// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Geometry>
#include <filesystem>

#include "calibration/rig.h"
#include "core/result.h"

namespace nightjar {

/// A rig of the user's for the simulator: any file or folder that ReadRigFile reads. Taken from it
/// are the cameras' models, sizes, mounting, colour filters, readout times and time offsets, and
/// the IMU's rate and noise. Cameras are named cam0, cam1 ... in the file's order, as the log's
/// streams are; sigmas are left out, the calibration being exact, and so are further IMUs.
/// `events`: the first event camera is kept, too, as events0.
///
/// Errors, with the file's name: those of ReadRigFile; kUnusableInput for a rig without cameras,
/// one whose cameras have no model, no rate or different ones, a readout or offset beyond what the
/// simulator takes, an IMU without rate or noise, or no event camera where there are `events`.
Result<Rig> RigOfFile(const std::filesystem::path& file, bool events);

/// R_head_body: how a body is held so that its cameras look forward and stand upright on average
/// over them, in a head whose x axis is forward, y left and z up (where the average is none: the
/// first camera). A motion of a head moves the rig as its wearer would have put it on, whatever
/// axes the IMU has.
Eigen::Quaterniond HeldUpright(const Rig& rig);

}  // namespace nightjar
