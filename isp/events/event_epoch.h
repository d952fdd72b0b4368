// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "core/time.h"

namespace nightjar {

/// Whole microseconds, rounded down.
constexpr int64_t FloorMicroseconds(SensorTime time) {
  const int64_t t_ns = ToNanoseconds(time);
  return t_ns / 1000 - (t_ns % 1000 < 0 ? 1 : 0);
}

/// Times of events in 31 bits, for whoever keeps one of them per pixel: half the memory of 64 bits,
/// and memory is what such a pass waits for.
///
/// Times are microseconds since an epoch that moves along: when they would leave their 31 bits, the
/// owner is told to move what it keeps back, and what is older than 2^30 us (18 min) becomes
/// kNever. Differences of up to kLongest_us are exact, across the ends of packets and of 32 bits.
/// An event before the first one, which can only be where times fall, counts as simultaneous to it.
class EventEpoch {
 public:
  /// Of a pixel without events: older than any difference that is asked for.
  static constexpr int32_t kNever = 0;
  static constexpr int32_t kLongest_us = 1 << 29;  // 537 s

  /// The packet whose events are asked for next.
  void Begin(SensorTime begin) {
    const int64_t begin_us = FloorMicroseconds(begin);
    if (!started_) epoch_us_ = begin_us - kFirst;
    started_ = true;
    offset_us_ = begin_us - epoch_us_;
  }

  /// The time of an event of the packet, at least 2^30. Calls `move_back(us)` before it moves on:
  /// then times t that are kept have to become MovedBack(t, us).
  template <typename MoveBack>
  int32_t At(uint32_t time_us, MoveBack&& move_back) {
    const int64_t t = offset_us_ + time_us;
    if (t >= kEnd) [[unlikely]] {
      const int64_t by = t - kFirst;
      epoch_us_ += by;
      offset_us_ -= by;
      move_back(static_cast<int32_t>(std::min(by, kEnd - 1)));
      return static_cast<int32_t>(kFirst);
    }
    return static_cast<int32_t>(std::max(t, kFirst));
  }

  /// Of any time; one outside of the 31 bits becomes the nearest inside.
  int32_t FromSensorTime(SensorTime time) const {
    return static_cast<int32_t>(
        std::clamp(FloorMicroseconds(time) - epoch_us_, int64_t{0}, kEnd - 1));
  }
  SensorTime ToSensorTime(int32_t t) const { return FromNanoseconds((epoch_us_ + t) * 1000); }

  static int32_t MovedBack(int32_t t, int32_t by) { return std::max(t, by) - by; }

 private:
  static constexpr int64_t kFirst = int64_t{1} << 30;
  static constexpr int64_t kEnd = int64_t{1} << 31;

  bool started_ = false;
  int64_t epoch_us_ = 0;   // of sensor time
  int64_t offset_us_ = 0;  // from the packet's begin to the epoch
};

/// An option in seconds as the whole microseconds that events count.
inline int32_t ToMicroseconds(double seconds) {
  return static_cast<int32_t>(std::llround(seconds * 1e6));
}

}  // namespace nightjar
