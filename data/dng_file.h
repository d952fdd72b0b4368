// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "calibration/rig.h"
#include "core/image.h"
#include "core/result.h"

namespace nightjar {

/// What a DNG says of its samples beside them.
struct DngDescription {
  ColourFilter colour_filter = ColourFilter::kNone;
  uint32_t black = 0;  // DN
  uint32_t white = 65535;
  std::array<double, 3> white_balance = {1, 1, 1};  // gains of red, green, blue that were right
  /// Row by row: from balanced colours to linear sRGB; must have an inverse.
  std::array<double, 9> matrix = {1, 0, 0, 0, 1, 0, 0, 0, 1};
  /// By place in the tile, one for a monochrome sensor; empty: the samples were denoised, which the
  /// file then says instead.
  std::vector<NoiseProfile::Channel> noise;
};

/// The bytes of a DNG (specification 1.4) without compression: a mosaic of a colour filter, or a
/// monochrome frame, for every program that develops RAW files. kUsage when the matrix has no
/// inverse; kUnusableInput when the file would be larger than 4 GB.
Result<std::string> EncodeDng(const Image<uint16_t>& samples, const DngDescription& description);

}  // namespace nightjar
