// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "calibration/camera_model.h"
#include "core/result.h"

namespace nightjar {

/// A camera model from its name and numbers, as calibration files give them.
///
/// `distortion_model`: "radial-tangential" or "radtan" (k1 k2 p1 p2 [k3]), "equidistant" (k1 k2 k3
/// k4), "none" (no coefficients, or zeros; it becomes radial-tangential with zeros). `intrinsics`:
/// fx fy cx cy, px.
///
/// Fails with kUnusableInput, without `where`: unknown model, wrong number of values, a value that
/// is not finite, a focal length that is not positive.
Result<std::shared_ptr<const CameraModel>> MakeCameraModel(const std::string& distortion_model,
                                                           const std::vector<double>& intrinsics,
                                                           const std::vector<double>& distortion);

}  // namespace nightjar
