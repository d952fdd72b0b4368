// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/result.h"
#include "isp/events/event_epoch.h"
#include "isp/events/event_filter.h"

namespace nightjar {

struct FlickerFilterOptions {
  double lowest_hz = 50, highest_hz = 500;  // 20 .. 5000: mains lamps 100, 120; dimmed LEDs more
  /// How many periods alike make a pixel flicker, 1 .. 30. Fewer act sooner; texture that passes
  /// evenly looks like flicker for a while.
  int periods = 4;
  double tolerance =
      0.15;  // by which periods that are alike may differ, of the period, 0.01 .. 0.5
  Status Validate() const;  // kUsage
};

/// Drops the events of pixels that see a lamp flicker.
///
/// A pixel's period is the time from one change of its events from off to on to the next one: once
/// per cycle, however many events a cycle has. A period in the band that is like the one expected
/// counts up (to twice `periods`); any other one counts down, and at 0 becomes the one expected,
/// so that stray events of noise do not undo what was learnt. From `periods` on events are dropped.
/// A pause of two of the longest periods ends the flicker.
class FlickerFilter : public EventFilter {
 public:
  /// `options` are valid.
  FlickerFilter(const FlickerFilterOptions& options, int width, int height);
  size_t Filter(std::span<Event> events, SensorTime begin) override;

 private:
  struct Pixel {
    int32_t rise = EventEpoch::kNever;  // the last change from off to on
    uint16_t period_us = 0;             // that is expected
    uint8_t alike = 0;
    uint8_t on = 1;  // the last event: the first on-event is no change
  };
  void Rise(int32_t now, Pixel& pixel) const;

  int32_t shortest_us_, longest_us_;
  int periods_;
  float tolerance_;
  int width_, height_;
  EventEpoch epoch_;
  std::vector<Pixel> pixels_;
};

}  // namespace nightjar
