// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/image.h"
#include "core/result.h"
#include "isp/raw_samples.h"

namespace nightjar {

/// How a linear frame becomes a picture for people.
struct PictureLook {
  std::array<double, 3> white_balance = {1, 1, 1};  // gains of red, green, blue, 0.1 .. 20
  /// Row by row: from balanced sensor colours to linear sRGB; its rows sum to 1, so that grey stays
  /// grey. -10 .. 10 each.
  std::array<double, 9> matrix = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  /// Lens shading: a pixel is multiplied by 1 + r2 (v0 + r2 (v1 + r2 v2)), r2 the squared distance
  /// from the middle of the frame, 1 in its corners. -10 .. 10 each.
  std::array<double, 3> vignetting = {0, 0, 0};
  std::vector<uint8_t> tone;  // isp/tone_curve.h

  Status Validate() const;
};

/// An 8-bit sRGB picture: dimensions x, y, colour; interleaved, rows contiguous.
using Picture = Halide::Runtime::Buffer<uint8_t, 3>;

/// Demosaics a linear mosaic (isp/linear_frame.h) along edges where they stand out of the noise,
/// and makes a picture of it, in one pass. `noise`: var(x) = scale x + offset of what noise is
/// left, both >= 0. Deterministic, the same bytes on every machine.
///
/// Fails with kUnusableInput when a side is shorter than 16 px or longer than 32767, or pixels of a
/// row are not adjacent, with kUsage when the filter has no colours or the look or the noise cannot
/// be.
Status FinishColour(const Image<uint16_t>& linear, ColourFilter filter,
                    const NoiseProfile::Channel& noise, const PictureLook& look, Picture& picture);

/// The same of a monochrome frame: shading and tone, grey.
Status FinishMono(const Image<uint16_t>& linear, const PictureLook& look, Image<uint8_t>& picture);

}  // namespace nightjar
