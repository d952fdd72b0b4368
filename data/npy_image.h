// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/image.h"
#include "core/result.h"

namespace nightjar {

/// Reads a NumPy array (.npy, format versions 1 to 3): two dimensions, rows first, of unsigned
/// numbers of 8 or 16 bits in either byte order; 8 bits are widened, not scaled. kUnusableInput
/// with the file's name for everything else, and for a file that is truncated.
Result<Image<uint16_t>> ReadNpy(const std::filesystem::path& file);

}  // namespace nightjar
