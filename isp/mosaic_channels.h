// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <vector>

#include "core/image.h"
#include "core/result.h"
#include "isp/raw_samples.h"
#include "isp/spatial_denoiser.h"
#include "isp/temporal_fusion.h"

namespace nightjar {

/// The four places of a mosaic's tile as four channels in which noise is white, of `gain` codes:
/// code = 32768 + gain sum over places of basis[channel][place] f(x), f the stabilisation of the
/// place's noise. Channel 0 is brightness: what the places do when the light on a grey surface
/// changes. The others are orthogonal to it: diagonals, and the two pairs of opposite places.
struct MosaicBasis {
  std::array<PerPlace<double>, 4> channels = {};  // orthonormal
  double gain = 1;                                // 64, or less where light would not fit the codes

  /// The slopes in x and y that a slope of 1 of brightness has in a channel, since the places lie a
  /// quarter of a pixel (of a plane) off the middle of the tile.
  std::array<double, 2> Slope(size_t channel) const;
};

/// Of planes with some light.
MosaicBasis BasisOf(const std::vector<FusedFrame>& planes,
                    const PerPlace<NoiseProfile::Channel>& noise);

/// Codes: dimensions x, y (of the first plane), channel.
Status MixPlanes(const std::vector<FusedFrame>& planes,
                 const PerPlace<NoiseProfile::Channel>& noise, const MosaicBasis& basis,
                 PlanarImage<uint16_t>& codes);

/// How much of the noise there is in a channel, in blocks of 4 x 4 px (FusedFrame::remaining).
Image<float> RemainingOf(const std::vector<FusedFrame>& planes, const PerPlace<double>& channel);

/// A place again, of the size of `plane`, from codes without their noise, channels 1 to 3 without
/// the slope of the first one, and sigma of them (57344 codes each).
Status UnmixPlane(const PlanarImage<uint16_t>& codes, const PlanarImage<float>& sigmas,
                  const MosaicBasis& basis, size_t place, const NoiseProfile::Channel& noise,
                  const Image<float>& remaining, DenoisedFrame& plane);

}  // namespace nightjar
