// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "calibration/rig.h"
#include "core/image.h"
#include "core/result.h"
#include "isp/depth/semi_global_aggregation.h"
#include "isp/depth/stereo_costs.h"
#include "isp/linear_frame.h"

namespace nightjar {

/// What is known of the noise of a picture: var(x) = noise.scale x + noise.offset, x = (DN - black)
/// / (white - black).
struct PictureNoise {
  SampleLevels levels;
  NoiseProfile::Channel noise;
};

struct StereoPair {
  StereoPicture left, right;
  /// What noise asks of the costs: see StereoCosts and SmoothedCosts. 0 without noise, and rising
  /// with it.
  int dead_zone = 0, smoothing_radius = 0;
};

/// Makes of a rectified pair what the matcher compares. 8 bits are taken as they are. Of 16 bits
/// light is the root of the value, from the darkest to the brightest thousandth of both pictures.
/// With noise both are denoised first (isp/spatial_denoiser.h), and light is the root that makes
/// the noise the same everywhere, sqrt(scale x + offset), 255 at white. kUnusableInput when sizes
/// differ, a side is shorter than 16 px or rows are not contiguous.
Result<StereoPair> PrepareStereoPair(const MonoImage& left, const MonoImage& right,
                                     const std::optional<PictureNoise>& noise, const RunTasks& run);

}  // namespace nightjar
