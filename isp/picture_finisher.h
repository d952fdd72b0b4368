// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "calibration/lens_shading.h"
#include "core/image.h"
#include "core/result.h"
#include "isp/raw_samples.h"
#include "isp/spatial_denoiser.h"

namespace nightjar {

/// How a linear frame becomes a picture for people.
struct PictureLook {
  std::array<double, 3> white_balance = {1, 1, 1};  // gains of red, green, blue, 0.1 .. 20
  /// Row by row: from balanced sensor colours to linear sRGB; its rows sum to 1, so that grey stays
  /// grey. -10 .. 10 each.
  std::array<double, 9> matrix = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  LensShading vignetting = {0, 0, 0};
  std::vector<uint8_t> tone;  // isp/tone_curve.h
  /// Local tone, 0 .. 1: how much of the contrast that the tone curve takes from details in bright
  /// places they get back; 1: all, 0: none, to the byte. Flat places stay as they are.
  double local_contrast = 0;
  double exposure = 1;  // of `tone`, 1 .. 1000; for the local tone
  /// 0 .. 2: how much of what stands out of its surroundings of some pixels, and out of the noise,
  /// is added to it; at most 10 % of the range of the nearest nine pixels beyond it. 0: nothing.
  double sharpening = 0;

  Status Validate() const;
};

/// An 8-bit sRGB picture: dimensions x, y, colour; interleaved, rows contiguous.
using Picture = Halide::Runtime::Buffer<uint8_t, 3>;

/// Demosaics a linear mosaic (isp/linear_frame.h) along edges where they stand out of the noise,
/// and makes a picture of it, in one pass. `noise`: var(x) = scale x + offset of what noise is
/// left, both >= 0; `frame.sigma`, of the same size, tells sharpening where there is more of it,
/// and without sharpening may be empty. Deterministic, the same bytes on every machine.
///
/// Fails with kUnusableInput when a side is shorter than 16 px or longer than 32767, or pixels of a
/// row are not adjacent, with kUsage when the filter has no colours or the look or the noise cannot
/// be, or sigma is of another size.
Status FinishColour(const DenoisedFrame& frame, ColourFilter filter,
                    const NoiseProfile::Channel& noise, const PictureLook& look, Picture& picture);

/// The same of a monochrome frame: shading, local tone, sharpening and tone; grey.
Status FinishMono(const DenoisedFrame& frame, const PictureLook& look, Image<uint8_t>& picture);

}  // namespace nightjar
