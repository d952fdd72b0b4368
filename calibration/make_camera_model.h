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
/// | `distortion_model` | `distortion` |
/// |---|---|
/// | radial-tangential, radtan | k1 k2 p1 p2 [k3 [k4 k5 k6]] |
/// | rational, radtan8 | k1 k2 p1 p2 k3 k4 k5 k6 |
/// | equidistant | k1 k2 k3 k4 |
/// | double-sphere, ds | xi alpha |
/// | FisheyeRadTanThinPrism | k0 k1 k2 k3 k4 k5 p0 p1 s0 s1 s2 s3 |
/// | none, pinhole | nothing, or zeros; it becomes radial-tangential with zeros |
///
/// `intrinsics`: fx fy cx cy, px. Fails with kUnusableInput, without `where`: unknown model, wrong
/// number of values, a value that is not finite, a focal length that is not positive, xi or alpha
/// outside the model's range.
Result<std::shared_ptr<const CameraModel>> MakeCameraModel(const std::string& distortion_model,
                                                           const std::vector<double>& intrinsics,
                                                           const std::vector<double>& distortion);

/// The same from Parameters() of a model: fx fy cx cy, then the distortion.
Result<std::shared_ptr<const CameraModel>> MakeCameraModel(const std::string& distortion_model,
                                                           const std::vector<double>& parameters);

/// Whether a model goes by this name.
bool IsCameraModelName(const std::string& name);

}  // namespace nightjar
