// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>

#include "core/event_packet.h"
#include "core/image.h"
#include "core/result.h"

namespace nightjar {

/// Adds to the count of each pixel's events: plane 0 off-events, plane 1 on-events, in the sensor's
/// size. Counts end at 65535. Returns how many events lay outside. kUsage when there are not two
/// planes or pixels of a row are not adjacent. Maqueda et al., CVPR 2018.
Result<int64_t> AddToHistogram(std::span<const Event> events, PlanarImage<uint16_t>& histogram);

}  // namespace nightjar
