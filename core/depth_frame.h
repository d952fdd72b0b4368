// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "core/image.h"
#include "core/time.h"

namespace nightjar {

/// One image of a depth sensor, as it was recorded: it comes without a sigma.
struct DepthFrame {
  SensorTime time;           // mid-exposure of the middle row, on the IMU's clock
  int sensor = 0;            // of the sensors that are read, counted from 0
  Image<uint16_t> depth_mm;  // along the sensor's z axis, not along the ray; 0 = unknown
};

}  // namespace nightjar
