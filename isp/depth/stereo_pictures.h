// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "calibration/rig.h"
#include "core/image.h"
#include "core/result.h"
#include "isp/depth/run_tasks.h"
#include "isp/depth/stereo_costs.h"
#include "isp/linear_frame.h"

namespace nightjar {

/// What is known of the noise of a picture: var(x) = noise.scale x + noise.offset, x = (DN - black)
/// / (white - black).
struct PictureNoise {
  SampleLevels levels;
  NoiseProfile::Channel noise;
};

/// Gains that undo the shading of the lenses (isp/depth/lens_gain.h), each of its picture's size.
struct PairShading {
  Image<float> left, right;
};

struct StereoPair {
  StereoPicture left, right;
  /// What noise asks of the costs: see StereoCosts and SmoothedCosts. 0 without noise, and rising
  /// with it.
  int dead_zone = 0, smoothing_radius = 0;
  /// 1 sigma of the noise as recorded, in steps of which there are 255 from black to white; 0 where
  /// it is not known.
  double noise = 0;
};

/// Makes of a rectified pair what the matcher compares. 8 bits are taken as they are. Of 16 bits
/// light is the root of the value, from the darkest to the brightest thousandth of both pictures.
/// With noise of more than about 1 % of white both are denoised first (isp/spatial_denoiser.h), and
/// light is what makes the noise the same everywhere, in 255 steps from black to white or, where
/// that would make more of it, such that 1 sigma of the noise is 20 steps; weaker noise costs
/// matching less than denoising does. `pair`'s memory is used again where its size fits.
/// With `shading`, which asks
/// for linear frames (isp/linear_frame.h), light is multiplied by it, after denoising: noise is
/// known of what was recorded. kUnusableInput when sizes differ, a side is shorter than 16 px or
/// rows are not contiguous, kUsage when the noise or its levels cannot be.
Status PrepareStereoPair(const MonoImage& left, const MonoImage& right,
                         const std::optional<PictureNoise>& noise, const RunTasks& run,
                         StereoPair& pair, const PairShading* shading = nullptr);

}  // namespace nightjar
