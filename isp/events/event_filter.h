// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <span>

#include "core/event_packet.h"

namespace nightjar {

/// Decides which events of a stream are worth keeping. What it knows of the past it keeps from call
/// to call, in memory that depends on the sensor's size alone.
class EventFilter {
 public:
  virtual ~EventFilter() = default;

  /// Events of a packet that begins at `begin`, by rising time and not before those of the last
  /// call. Moves those that pass to the front, in their order, and returns how many; what is behind
  /// them is of no use any more. Events outside of the sensor do not pass.
  virtual size_t Filter(std::span<Event> events, SensorTime begin) = 0;
};

/// Moves the events that `keep` is true for to the front and returns how many. Calls it once for
/// each event, in their order.
template <typename Keep>
size_t MoveToFront(std::span<Event> events, Keep&& keep) {
  size_t kept = 0;
  for (const Event event : events) {
    // Always written: whether noise passes is what a processor cannot foresee.
    events[kept] = event;
    kept += keep(event) ? 1 : 0;
  }
  return kept;
}

}  // namespace nightjar
