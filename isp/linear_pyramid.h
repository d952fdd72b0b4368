// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "calibration/rig.h"
#include "core/image.h"
#include "isp/frame_alignment.h"
#include "isp/tracking_pyramid.h"

namespace nightjar {

/// What a pyramid of a linear frame (isp/linear_frame.h) is made from: all values, so that nothing
/// below black is clipped and frames of different noise have the same means; multiplied by
/// `brightness` >= 1, to stand beside a frame of longer exposure.
LevelOptions LinearLevels(double brightness);

/// Noise in such pyramids, of which the reference's is this bright: shares of var(x) = noise.scale
/// x
/// + noise.offset.
PyramidNoise LinearPyramidNoise(const NoiseProfile::Channel& noise, double reference_share,
                                double other_share, double brightness = 1);

/// The mean share of noise that is left (FusedFrame).
double MeanShare(const Image<float>& remaining);

}  // namespace nightjar
