// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "isp/raw_samples.h"
#include "isp/spatial_denoiser.h"
#include "isp/temporal_fusion.h"

namespace nightjar {

/// Removes the noise of one linear mosaic of a 2 x 2 colour filter: each of its four places is an
/// image of its own, of half the size, with its own noise (isp/spatial_denoiser.h). Exact in any
/// phase; odd sides are taken.
///
/// Writes into `frame`, whose memory is used again when its size fits. Fails as DenoiseSpatially
/// does; a side shorter than 32 px is kUnusableInput.
Status DenoiseMosaic(const Image<uint16_t>& linear, const PerPlace<NoiseProfile::Channel>& noise,
                     const SpatialDenoiserOptions& options, DenoisedFrame& frame);

/// The same of the four places by themselves, into which several frames may have gone.
Status DenoisePlanes(const std::vector<FusedFrame>& planes,
                     const PerPlace<NoiseProfile::Channel>& noise,
                     const SpatialDenoiserOptions& options, DenoisedFrame& frame);

}  // namespace nightjar
