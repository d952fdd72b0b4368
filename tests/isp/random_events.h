// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/event_packet.h"
#include "core/random.h"

namespace nightjar {

inline bool operator==(const Event& a, const Event& b) {
  return a.time_us == b.time_us && a.x == b.x && a.y == b.y && a.on == b.on;
}

/// Uniform events of a sensor of `width` x `height` px by rising time, some of them simultaneous,
/// from 0 to about `span_us`; a twentieth lies outside of the sensor when `some_outside`.
inline std::vector<Event> RandomEvents(int count, int width, int height, uint32_t span_us,
                                       uint64_t seed, bool some_outside = true) {
  RandomStream random(seed, 77);
  const auto below = [&](int n) {
    return static_cast<int>(static_cast<uint64_t>(random.Bits()) * static_cast<uint64_t>(n) >> 32);
  };
  std::vector<Event> events(static_cast<size_t>(count));
  for (Event& event : events) {
    event.time_us = static_cast<uint32_t>(random.Uniform() * span_us);
    event.x = static_cast<uint16_t>(below(width));
    event.y = static_cast<uint16_t>(below(height)) & 0x7FFF;
    event.on = random.Bits() & 1;
    if (some_outside && below(20) == 0) {
      if (below(2) == 0) {
        event.x = static_cast<uint16_t>(width + below(65536 - width));
      } else {
        event.y = static_cast<uint16_t>(height + below(32768 - height)) & 0x7FFF;
      }
    }
  }
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.time_us < b.time_us; });
  return events;
}

}  // namespace nightjar
