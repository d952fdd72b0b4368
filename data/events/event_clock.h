// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>

namespace nightjar {

/// Turns what a camera's counter shows into times: the policy of data/events/event_reader.h in one
/// place. Counters of 64 bits, which never overflow, have the period 0.
class EventClock {
 public:
  /// Times that SensorTime can hold, in us.
  static constexpr int64_t kLargest_us = std::numeric_limits<int64_t>::max() / 1000;
  static constexpr bool CanHold(int64_t time_us) {
    return time_us >= -kLargest_us && time_us <= kLargest_us;
  }

  EventClock(int64_t period_us, bool raw) : period_us_(period_us), raw_(raw) {}

  /// The counter shows this; false when it is a step back that is not an overflow.
  bool Read(int64_t counter_us) {
    bool forward = true;
    if (started_ && counter_us < counter_us_) {
      if (period_us_ > 0 && counter_us_ - counter_us > period_us_ / 2) {
        epoch_us_ += period_us_;
      } else {
        forward = false;
      }
    }
    counter_us_ = counter_us;
    started_ = true;
    return forward;
  }

  /// When an event of now is to be delivered. After it was, Delivered().
  int64_t now_us() const { return raw_ ? own_us() : std::max(latest_us_, own_us()); }
  void Delivered(int64_t time_us) { latest_us_ = std::max(latest_us_, time_us); }

  bool started() const { return started_; }
  int64_t counter_us() const { return counter_us_; }
  /// What to add to a counter that has not overflowed since the last one read.
  int64_t epoch_us() const { return epoch_us_; }
  /// What the counter showed last, overflows counted in.
  int64_t own_us() const { return epoch_us_ + counter_us_; }
  bool raw() const { return raw_; }

 private:
  int64_t period_us_;
  bool raw_;
  bool started_ = false;
  int64_t counter_us_ = 0;                                   // the last one
  int64_t epoch_us_ = 0;                                     // periods that are over
  int64_t latest_us_ = std::numeric_limits<int64_t>::min();  // of what was delivered
};

}  // namespace nightjar
