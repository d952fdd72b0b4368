// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Geometry>

#include "calibration/camera_model.h"
#include "isp/motion_field.h"

namespace nightjar {

/// Where the pixels of an image lie in another one of the same camera that was turned in between
/// and not moved: R_other_reference takes directions from the camera at the image to the camera at
/// the other one. Exact for what is far away. Where the model has no direction or no pixel, nothing
/// moves.
MotionField RotationField(const CameraModel& model, int width, int height,
                          const Eigen::Quaterniond& R_other_reference);

}  // namespace nightjar
