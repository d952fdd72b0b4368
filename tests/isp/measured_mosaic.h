// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include "isp/bayer_denoiser.h"

namespace nightjar {

/// Denoised, with the sigma that is measured.
inline DenoisedFrame MeasuredMosaic(const Image<uint16_t>& mosaic,
                                    const PerPlace<NoiseProfile::Channel>& noise,
                                    const MosaicDenoiserOptions& options = {}) {
  DenoisedFrame frame;
  Image<float> sigma;
  EXPECT_TRUE(DenoiseMosaic(mosaic, noise, options, frame, &sigma).has_value());
  return {frame.linear, sigma};
}

}  // namespace nightjar
