// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "calibration/pixel_position.h"
#include "core/image.h"
#include "core/result.h"
#include "isp/linear_frame.h"
#include "isp/raw_samples.h"

namespace nightjar {

struct RawFrontOptions {
  /// sigma, 3 .. 100, or 0 for none: a pixel that is farther than this above the largest or below
  /// the smallest of the eight nearest of its colour is defective. At 6 chance makes one in 10^9 so
  /// at 3 electrons read noise, one in 10^7 at 1 and where hardly a photon arrives, whose noise has
  /// a longer tail, and hot pixels that matter are farther out by far; a light that is one pixel
  /// wide goes, too.
  double defect_threshold = 6;
  /// Pixels that are known to be defective, in any order; those outside of the frame do not matter.
  /// At most a tenth of the frame's.
  std::vector<PixelPosition> defects = {};
  bool remove_row_noise = true;  // isp/row_noise.h
  bool equalise_greens = true;   // isp/green_balance.h
  /// What to take for the ratio of the greens instead of measuring it: that of a burst's first
  /// frame.
  std::optional<double> green_ratio = {};

  bool list_replaced = false;  // RawFrontFrame::replaced, which takes a pass more

  Status Validate() const;
};

/// A frame that is ready to be denoised.
struct RawFrontFrame {
  Image<uint16_t> linear;  // isp/linear_frame.h; still a mosaic where the sensor has one
  /// Of `linear`; the samples' own but for the gains of green.
  PerPlace<NoiseProfile::Channel> noise = {};
  double row_noise_dn = 0;  // 1 sigma of the offsets taken off; 0: none were
  double green_ratio = 1;   // that was taken out
  /// Where options ask for them: listed pixels and those whose samples were not taken, row by row.
  std::vector<PixelPosition> replaced = {};
};

/// Makes of RAW samples (8 to 16 bits, any stride of the rows) a linear frame, with what has to
/// come before denoising: black and white, offsets of rows, defective pixels (the median of the
/// eight nearest of their colour), equal greens. Not clipped at black or white, neither
/// white-balanced nor corrected for lens shading: `noise` holds for every pixel. Deterministic, the
/// same bytes on every machine.
///
/// Fails with kUnusableInput when a side is shorter than 16 px or pixels of a row are not adjacent,
/// with kUsage when levels, noise or options cannot be (black < white, scale >= 0, offset > 0) or
/// too many pixels are listed as defective.
Status LineariseRaw(const Image<uint16_t>& raw, const RawSamples& samples,
                    const RawFrontOptions& options, RawFrontFrame& frame);

}  // namespace nightjar
