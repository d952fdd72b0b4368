// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/time.h"

namespace nightjar {

/// What one audio stream recorded in a short while, as PCM of 16 bits: full scale is 32768.
struct AudioBlock {
  SensorTime time;               // of its first instant, on the IMU's clock
  int stream = 0;                // of the streams that are read, counted from 0
  int64_t first_instant = 0;     // since the recording's start
  std::vector<int16_t> samples;  // instant by instant; in each the channels, in their order
};

}  // namespace nightjar
