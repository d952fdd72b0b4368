// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/image.h"

namespace nightjar {

/// A disparity map to look at: near is red, far is blue, from the hundredth part of the disparities
/// to the 99th; what is unknown is dark grey.
PlanarImage<uint8_t> ViewDisparity(const Image<float>& disparity_px);

}  // namespace nightjar
