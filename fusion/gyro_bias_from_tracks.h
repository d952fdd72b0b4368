// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

#include "fusion/start_frames.h"

namespace nightjar {

/// The gyro bias with which the gyro's rotations explain what one camera saw, whatever the
/// translation and the scene: when R_i_j is right, the normals f_i x (R_i_j f_j) of all features
/// of two frames are perpendicular to the translation between them, so the smallest eigenvalue of
/// their scatter is zero (Kneip, Lynen, "Direct optimization of frame-to-frame rotation", ICCV
/// 2013; for the bias: He et al., "A rotation-translation-decoupled solution for robust and
/// efficient visual-inertial initialization", CVPR 2023). Features far off that plane count little.
///
/// `intervals`: between neighbouring frames, all integrated at one gyro bias, from which the
/// search begins. Uses the bearings of each track's first camera. Nothing when too few frames share
/// features, or the bias found lies further than `largest_change` (rad/s) from the beginning.
std::optional<Eigen::Vector3d> GyroBiasFromTracks(const std::vector<StartFrame>& frames,
                                                  const std::vector<ImuPreintegration>& intervals,
                                                  double largest_change);

}  // namespace nightjar
