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
/// more: spots of colour are large. docs/maths/raw-development.md has the figures.
///
/// The sigma of `frame` is what the denoiser expects of such channels; of the colours of a picture
/// it may be a third off. Where `measured_sigma` is given it gets the sigma that is measured on the
/// frame itself, as good as the noise is known: for that the frame, or a sample of it, is denoised
/// once or twice more (isp/measured_error.h). `frame` is the same with and without. Of planes into
/// which several frames have gone nothing is measured, and both are what is expected.
///
/// Writes into `frame` and `measured_sigma`, whose memory is used again when its size fits. Fails
/// as DenoiseSpatially does; a side shorter than 32 px is kUnusableInput.
Status DenoiseMosaic(const Image<uint16_t>& linear, const PerPlace<NoiseProfile::Channel>& noise,
                     const MosaicDenoiserOptions& options, DenoisedFrame& frame,
                     Image<float>* measured_sigma = nullptr);

/// The same of the four places by themselves, into which several frames may have gone.
Status DenoisePlanes(const std::vector<FusedFrame>& planes,
                     const PerPlace<NoiseProfile::Channel>& noise,
                     const MosaicDenoiserOptions& options, DenoisedFrame& frame,
                     Image<float>* measured_sigma = nullptr);

}  // namespace nightjar
