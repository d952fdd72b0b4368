// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/image.h"
#include "core/result.h"

namespace nightjar {

/// A float image as 8 bits: value * scale + offset, rounded half up and cut at 0 and 255. `picture`
/// is made anew where its size differs; what is no number becomes any level. kUsage when scale or
/// offset are not finite.
Status ToGreyPicture(const Image<float>& image, double scale, double offset,
                     Image<uint8_t>& picture);

}  // namespace nightjar
