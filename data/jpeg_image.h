// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "core/result.h"
#include "data/image_file.h"

namespace nightjar {

/// A JPEG file (JFIF, baseline, integer transform: the same bytes on every machine) of a grey or
/// colour picture of 8 bits, 1 .. 65500 px wide and high. `quality` 1 .. 100; at 85 and above
/// colour keeps its full resolution. kUsage for pixels of 16 bits or a size or quality that cannot
/// be.
Result<std::string> EncodeJpeg(const FilePixels& pixels, int quality);

}  // namespace nightjar
