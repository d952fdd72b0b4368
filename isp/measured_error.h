// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstddef>

#include "calibration/rig.h"
#include "core/image.h"
#include "isp/mosaic_channels.h"
#include "isp/raw_samples.h"
#include "isp/spatial_denoiser.h"

namespace nightjar {

/// The mean squared error of a denoised frame, measured without knowing the truth. With y = x + n
/// what was taken and d(y) what was made of it,
///
///     E (d - x)^2 = E [(d - y)^2 - var(n) + 2 cov(d, n)],
///
/// where the noise profile tells the variance, S y + O in the mean, and the covariance is how much
/// d answers to a small change of y (Stein, "Estimation of the mean of a multivariate normal
/// distribution", Annals of Statistics 9 (1981)). That is seen by denoising the frame once more
/// with a little noise that is known (Ramani, Blu, Unser, "Monte-Carlo SURE", IEEE TIP 17 (2008)).
/// docs/maths/raw-development.md.

/// `taken` (linear) with that little noise, +1/25 of sigma or -1/25 by chance, at least one code,
/// where the light is that of `clean`. `place` chooses the chance.
Image<uint16_t> Nudged(const Image<uint16_t>& taken, const Image<uint16_t>& clean,
                       const NoiseProfile::Channel& noise, size_t place);

/// The four planes of a mosaic: as taken, and what was made of them; all min at 0.
struct MosaicPlanes {
  PerPlace<Image<uint16_t>> taken, clean;
};

/// Mean over a channel (MosaicBasis), as shares of the variance of noise.
struct ChannelError {
  double measured = 0;
  double expected = 0;  // by the denoiser
  double tiles = 0;     // without those whose noise is clipped; 0: nothing is known
};

/// `sigmas` of channels as UnmixPlane takes them.
std::array<ChannelError, 4> MeasureErrors(const MosaicPlanes& planes, const MosaicPlanes& nudged,
                                          const PerPlace<NoiseProfile::Channel>& noise,
                                          const MosaicBasis& basis,
                                          const PlanarImage<float>& sigmas);

/// The square of light over its noise at every tile, relative to the mean: how the square of a
/// structure goes that is a share of the light.
Image<float> StructureShares(const PerPlace<Image<uint16_t>>& clean,
                             const PerPlace<NoiseProfile::Channel>& noise);

/// Makes the mean square of a channel's sigmas what was measured, as far as that can be trusted.
/// Less than expected divides. More is half of it structure that shows nowhere, which is added by
/// `shares`, and half goes with what does show. `unit`: sigma of noise.
void CorrectSigmas(const ChannelError& error, double unit, const Image<float>& shares,
                   Image<float>& sigmas);

}  // namespace nightjar
