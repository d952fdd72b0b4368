// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/time.h"

namespace nightjar {

/// A pixel of an event camera saw its brightness change by a threshold. Pixel (0, 0) is top left.
///
/// Eight bytes, little-endian: 0-3 time_us, 4-5 x, 6-7 y in the lower 15 bits and `on` in the top
/// one. The 64-bit part of the time is the packet's begin, once for all of its events: 71 min fit
/// into a packet.
struct Event {
  uint32_t time_us = 0;  // since the packet's begin
  uint16_t x = 0;
  uint16_t y : 15 = 0;
  uint16_t on : 1 = 0;  // 1: brighter, 0: darker
};
static_assert(sizeof(Event) == 8, "what a stage can do per second is bound by memory traffic");

/// Events that somebody else keeps, of one camera, by rising time.
struct EventSpan {
  SensorTime begin;
  std::span<const Event> events;
};

/// Events of one camera, by rising time.
struct EventPacket {
  SensorTime begin;
  std::vector<Event> events;

  operator EventSpan() const { return {begin, events}; }
};

}  // namespace nightjar
