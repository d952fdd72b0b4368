// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/image.h"
#include "core/result.h"

namespace nightjar {

/// What an image file holds: grey of 8 or 16 bits, or a picture of 8 bits with the dimensions x, y,
/// colour (red, green, blue).
using FilePixels = std::variant<Image<uint8_t>, Image<uint16_t>, PlanarImage<uint8_t>>;

/// What the file says of itself: keywords (Latin letters, 79 at most) and texts.
using FileTexts = std::vector<std::pair<std::string, std::string>>;

/// The bytes of a PNG (ISO/IEC 15948), texts as tEXt chunks.
Result<std::string> EncodePng(const FilePixels& pixels, const FileTexts& texts);

/// The bytes of a TIFF 6.0 without compression, texts as lines "keyword: text" of its
/// ImageDescription. Fails with kUnusableInput when it would be larger than 4 GB.
Result<std::string> EncodeTiff(const FilePixels& pixels, const FileTexts& texts);

/// The bytes of a grey PFM: "Pf", little-endian (scale -1), bottom row first, +inf = invalid.
std::string EncodePfm(const Image<float>& image);

}  // namespace nightjar
