// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/image.h"
#include "core/result.h"

namespace nightjar {

/// The primary image of a FITS file.
struct FitsImage {
  std::vector<Image<uint16_t>> frames;  // rows in the file's order; the planes of a cube
  std::optional<double> exposure_s;     // EXPTIME, or EXPOSURE
  bool is_dark = false;                 // IMAGETYP names a dark or bias frame
};

/// Reads a FITS file (FITS standard 4.0): an image or cube of whole numbers 0 .. 65535, BZERO and
/// BSCALE applied. kUnusableInput with the file's name for everything else: floating point, no
/// image, numbers out of range, a truncated file.
Result<FitsImage> ReadFits(const std::filesystem::path& file);

}  // namespace nightjar
