// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "core/image.h"
#include "core/result.h"

namespace nightjar {

/// The image formats that frames of a sensor come in, by a file's first bytes.
enum class FrameFormat { kNone, kPng, kTiff, kFits };
FrameFormat FrameFormatOf(const std::filesystem::path& file);

/// The frames of one file, of one size, sensor counts (DN).
struct FrameStack {
  std::vector<Image<uint16_t>> frames;  // one or more
  std::optional<double> exposure_s;     // where the file says it
  bool is_dark = false;                 // the file says so
};

/// Reads a grey PNG, a TIFF with one page or more, or a FITS image or cube; 8 bits are widened, not
/// scaled. kUnusableInput with the file's name.
Result<FrameStack> ReadFrameStack(const std::filesystem::path& file);

}  // namespace nightjar
