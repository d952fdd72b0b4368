// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/time.h"

namespace nightjar {

/// A pixel of an event camera saw its brightness change by a threshold. Pixel (0, 0) is top left.
struct Event {
  uint32_t time_us = 0;  // since the packet's begin
  uint16_t x = 0;
  uint16_t y : 15 = 0;
  uint16_t on : 1 = 0;  // 1: brighter, 0: darker
};
static_assert(sizeof(Event) == 8, "what a stage can do per second is bound by memory traffic");

/// Events of one camera, by rising time.
struct EventPacket {
  SensorTime begin;
  std::vector<Event> events;
};

}  // namespace nightjar
