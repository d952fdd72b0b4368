// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <tl/expected.hpp>

#include "core/image.h"
#include "core/result.h"

namespace nightjar {

struct ImageSize {
  int width = 0;   // px
  int height = 0;  // px
};

/// Why a PNG file gives no image.
enum class PngProblem {
  kMissing,     // no such file, or not a regular one
  kUnreadable,  // it is there and cannot be opened
  kDamaged,     // not a PNG, truncated, wrong checksum, chunks out of order
  kWrongSize,   // not the expected size, or larger than anything we take
  kNotMono,     // colour, palette, alpha, or fewer than 8 bits
};

struct PngError {
  PngProblem problem = PngProblem::kDamaged;
  std::string detail;  // one phrase for a person
};

/// Without an expected size: 2^27 pixels at most, so that a damaged header cannot ask for all
/// memory.
inline constexpr int64_t kMaxPngPixels = int64_t{1} << 27;

/// Reads a grey PNG of 8 or 16 bits (PNG specification, ISO/IEC 15948), rows contiguous. All or
/// nothing: a file whose checksums or end are wrong gives no image. Nothing is allocated for an
/// image that is not of the `expected` size.
tl::expected<MonoImage, PngError> ReadMonoPng(const std::filesystem::path& file,
                                              std::optional<ImageSize> expected = std::nullopt);

/// The bytes of a grey PNG of 8 or 16 bits. Rows may have any stride. Compressed fast rather than
/// well: level 1, and one filter (Sub). They are a function of the image and of libdeflate's
/// version.
Result<std::string> EncodeMonoPng(const MonoImage& image);

}  // namespace nightjar
