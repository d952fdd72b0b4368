// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "calibration/rig.h"
#include "core/image.h"
#include "core/pinhole_view.h"

namespace nightjar {

/// What undoes a lens' shading, pixel by pixel of a view. Both cameras of a pair are darker towards
/// their corners: on a bare wall that slope is the only thing to see, is at the same pixels in both
/// pictures, and matches them at a disparity of nearly 0 (docs/maths/depth-maps.md).

/// Light is multiplied by no more than this.
inline constexpr double kMostLensGain = 5;

/// Gains, from 1 / kMostLensGain to kMostLensGain, of a view from where the camera is, turned by
/// `R_camera_view`: by the rig's lens shading where it says one, else by the law of natural
/// vignetting, 1 / cos^4 of the angle to the camera's axis. 1 where the camera does not see.
Image<float> LensGain(const RigCamera& camera, const PinholeView& view,
                      const Eigen::Matrix3d& R_camera_view);

/// Multiplies the light of a linear frame (isp/linear_frame.h) of the gain's size. What does not
/// fit is clipped.
void MultiplyLight(const Image<float>& gain, Image<uint16_t>& linear);

}  // namespace nightjar
