// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "isp/events/event_filter.h"

namespace nightjar {

/// Passes the events of one polarity, those outside of the sensor included.
class PolarityFilter : public EventFilter {
 public:
  explicit PolarityFilter(bool on) : on_(on) {}
  size_t Filter(std::span<Event> events, SensorTime) override {
    return MoveToFront(events, [on = on_](const Event& event) { return (event.on != 0) == on; });
  }

 private:
  bool on_;
};

}  // namespace nightjar
