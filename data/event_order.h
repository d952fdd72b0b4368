// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <filesystem>

#include "core/event_packet.h"
#include "core/result.h"
#include "data/png_image.h"

namespace nightjar {

/// What a writer of events is given must be in order of time and on the sensor.
class EventOrder {
 public:
  /// Times count from `begin`, to the microsecond, and may be `largest_us` behind it at most.
  EventOrder(std::filesystem::path file, SensorTime begin, ImageSize size, int64_t largest_us);

  /// kUsage with the first event that cannot be written behind those before.
  Status Check(const EventSpan& events) const;

  /// When time_us = 0 of these events is, from `begin` on.
  int64_t Shift_us(const EventSpan& events) const;
  /// They were written.
  void Advance(const EventSpan& events);

 private:
  std::filesystem::path file_;
  int64_t begin_us_;
  ImageSize size_;
  int64_t largest_us_;
  int64_t last_us_ = 0;  // time of the last event
};

}  // namespace nightjar
