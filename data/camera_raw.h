// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>

#include "core/result.h"
#include "data/raw_image.h"

namespace nightjar {

/// Reads the sensor's samples of a camera's RAW file by LibRaw: everything that it knows, of which
/// data/raw_image.h says what is taken.
Result<RawImage> ReadCameraRaw(const std::filesystem::path& file);

}  // namespace nightjar
