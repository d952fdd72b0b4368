// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/event_packet.h"
#include "core/random.h"

namespace nightjar {

/// kEdges: lines, one every 20 px, that move by 500 px/s with 15 events per us, a tenth of them
/// noise. kRandom: uniform noise, 10 events per us.
enum Scene { kEdges, kRandom };

inline std::vector<Event> MakeEvents(Scene scene, size_t count, uint32_t width, uint32_t height) {
  RandomStream random(1, 1);
  const auto below = [&](uint32_t n) {
    return static_cast<uint32_t>(static_cast<uint64_t>(random.Bits()) * n >> 32);
  };
  std::vector<Event> events(count);
  const double per_us = scene == kEdges ? 15 : 10;  // events
  for (size_t i = 0; i < count; ++i) {
    Event& event = events[i];
    event.time_us = static_cast<uint32_t>(static_cast<double>(i) / per_us);
    event.y = static_cast<uint16_t>(below(height)) & 0x7FFF;
    event.on = random.Bits() & 1;
    if (scene == kRandom || below(10) == 0) {
      event.x = static_cast<uint16_t>(below(width));
    } else {
      const uint32_t line = below(32);  // one every 20 px
      event.x = static_cast<uint16_t>((line * 20 + event.time_us / 2000) % width);
      event.on = line & 1;
    }
  }
  return events;
}

}  // namespace nightjar
