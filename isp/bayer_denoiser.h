// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "isp/raw_samples.h"
#include "isp/spatial_denoiser.h"
#include "isp/temporal_fusion.h"

namespace nightjar {

struct MosaicDenoiserOptions {
  SpatialDenoiserOptions spatial = {};  // of brightness
  /// 0.34 .. 2.4: of colours a coefficient's energy has to be above the square of 0.91 times this
  /// times `spatial.threshold`. Colours get less since what is left of fine structure is there;
  /// more is smoother in colour and costs detail.
  double colour_smoothing = 1;

  Status Validate() const;
};

/// Removes the noise of one linear mosaic of a 2 x 2 colour filter, in any phase; odd sides are
/// taken. The four places of the tile, each of half the size, are denoised together: where their
/// noise is white and 1, an orthonormal change of basis makes of them brightness, which is what
/// they do when the light on a grey surface changes, and three channels of colour and of fine
/// structure, each of which goes through the denoiser of single images (isp/spatial_denoiser.h).
/// From the latter the slope of the brightness, which reaches the places at different points, is
/// taken out before and put back after, and their coarser half is denoised at half the size once
/// more: spots of colour are large. Sigma is measured on the frame itself, for which it is denoised
/// twice (isp/measured_error.h), and as good as the noise is known; of planes into which several
/// frames have gone it is what the denoiser expects. docs/maths/raw-development.md has the figures.
///
/// Writes into `frame`, whose memory is used again when its size fits. Fails as DenoiseSpatially
/// does; a side shorter than 32 px is kUnusableInput.
Status DenoiseMosaic(const Image<uint16_t>& linear, const PerPlace<NoiseProfile::Channel>& noise,
                     const MosaicDenoiserOptions& options, DenoisedFrame& frame);

/// The same of the four places by themselves, into which several frames may have gone.
Status DenoisePlanes(const std::vector<FusedFrame>& planes,
                     const PerPlace<NoiseProfile::Channel>& noise,
                     const MosaicDenoiserOptions& options, DenoisedFrame& frame);

}  // namespace nightjar
