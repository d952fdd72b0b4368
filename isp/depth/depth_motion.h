// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/rig.h"
#include "core/depth_map.h"
#include "core/se3.h"
#include "isp/motion_field.h"

namespace nightjar {

/// Where the pixels of a camera's image lie in another image of the same camera, taken from
/// elsewhere, by the depth of the scene: the turn moves all (RotationField), the way moves what is
/// near, by its depth.
///
/// `depth` may be another camera's: `T_camera_depth` takes points of its view's frame into that of
/// the camera at the first image, `T_other_camera` from there to the camera at the other one (m).
/// Each node is the mean over the known depths of its tile of 16 x 16 pixels; tiles without any
/// take what those around have, which is what a smooth surface would do. At outlines, where a tile
/// has two depths, it is right for neither: what uses it must leave out what does not agree.
MotionField DepthMotionField(const RigCamera& camera, const DepthMap& depth,
                             const Se3& T_camera_depth, const Se3& T_other_camera);

}  // namespace nightjar
