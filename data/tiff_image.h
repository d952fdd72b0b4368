// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/image.h"
#include "core/result.h"

namespace nightjar {

/// Reads all pages of a TIFF (TIFF 6.0, and what libtiff knows of compressions and BigTIFF): one
/// sample a pixel, unsigned, 8 or 16 bits, black is zero, or the mosaic of a colour filter. Pages
/// have one size. 8 bits are widened, not scaled. kUnusableInput with the file's name for
/// everything else, and for a file that is damaged or truncated.
Result<std::vector<Image<uint16_t>>> ReadTiff(const std::filesystem::path& file);

/// Whether a TIFF is a camera's RAW file: a DNG, or one whose first page names the camera's model.
bool IsCameraTiff(const std::filesystem::path& file);

}  // namespace nightjar
