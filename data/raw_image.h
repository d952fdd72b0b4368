// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <filesystem>
#include <optional>

#include "calibration/rig.h"
#include "core/image.h"
#include "core/result.h"

namespace nightjar {

/// One RAW frame, and what its file says of it.
struct RawImage {
  Image<uint16_t> samples;  // DN
  /// Missing: the file does not say whether there is a colour filter.
  std::optional<ColourFilter> colour_filter;
  std::optional<std::array<double, 4>> black;          // DN, by place in the tile
  std::optional<double> white;                         // DN
  std::optional<std::array<double, 3>> white_balance;  // gains of red, green, blue; green 1
  std::optional<std::array<double, 9>> matrix;         // to linear sRGB, row by row, sums of 1
};

/// Reads one frame: a grey PNG, TIFF or FITS image, a NumPy array (data/npy_image.h), or what
/// cameras write, DNG included (LibRaw), told by their first bytes. Of camera files: the visible
/// part, undeveloped, with levels, white balance and colour matrix. kUnusableInput with the file's
/// name: nothing of these, damaged or truncated, more than one frame, a sensor that is neither
/// monochrome nor has red, green and blue in a 2 x 2 tile.
Result<RawImage> ReadRawImage(const std::filesystem::path& file);

}  // namespace nightjar
