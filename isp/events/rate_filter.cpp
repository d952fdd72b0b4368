// SPDX-License-Identifier: Apache-2.0
#include "isp/events/rate_filter.h"

#include <cmath>

#include "isp/events/event_epoch.h"

namespace nightjar {

Status RateFilterOptions::Validate() const {
  if (!(most_hz >= 1 && most_hz <= 1e9))
    return Fail(ErrorKind::kUsage, "most_hz of the rate filter must be 1 to 1e9 Hz");
  if (window_s >= 1e-6 && window_s <= 10 && most_hz * window_s >= 1) return {};
  return Fail(ErrorKind::kUsage,
              "window_s of the rate filter must be 1e-6 to 10 s and at least 1 / most_hz");
}

RateFilter::RateFilter(const RateFilterOptions& options)
    : window_us_(ToMicroseconds(options.window_s)),
      most_(static_cast<int64_t>(std::floor(options.most_hz * options.window_s))) {}

void RateFilter::Begin(int64_t now_us) {
  const bool follows =
      window_end_us_ > std::numeric_limits<int64_t>::min() && now_us - window_end_us_ < window_us_;
  last_offered_ = follows ? offered_ : 0;
  window_end_us_ = (follows ? window_end_us_ : now_us) + window_us_;
  offered_ = passed_ = credit_ = 0;
}

size_t RateFilter::Filter(std::span<Event> events, SensorTime begin) {
  const int64_t begin_us = FloorMicroseconds(begin);
  return MoveToFront(events, [&](const Event& event) {
    const int64_t now_us = begin_us + event.time_us;
    if (now_us >= window_end_us_) [[unlikely]]
      Begin(now_us);
    ++offered_;
    if (last_offered_ > most_) {
      credit_ += most_;
      if (credit_ < last_offered_) return false;
      credit_ -= last_offered_;
    }
    if (passed_ == most_) return false;
    ++passed_;
    return true;
  });
}

}  // namespace nightjar
