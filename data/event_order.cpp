// SPDX-License-Identifier: Apache-2.0
#include "data/event_order.h"

#include <fmt/format.h>

#include <string>
#include <utility>

namespace nightjar {

EventOrder::EventOrder(std::filesystem::path file, SensorTime begin, ImageSize size,
                       int64_t largest_us)
    : file_(std::move(file)),
      begin_us_(ToNanoseconds(begin) / 1000),
      size_(size),
      largest_us_(largest_us) {}

int64_t EventOrder::Shift_us(const EventSpan& events) const {
  return ToNanoseconds(events.begin) / 1000 - begin_us_;
}

Status EventOrder::Check(const EventSpan& events) const {
  const int64_t shift_us = Shift_us(events);
  int64_t before_us = last_us_;
  for (const Event& event : events.events) {
    const int64_t at_us = shift_us + static_cast<int64_t>(event.time_us);
    std::string wrong;
    if (event.x >= size_.width || event.y >= size_.height) {
      wrong = fmt::format("is on pixel ({}, {}) of a sensor of {} x {} px", +event.x, +event.y,
                          size_.width, size_.height);
    } else if (at_us < before_us) {
      wrong = fmt::format("is at {} us, behind one at {} us", at_us, before_us);
    } else if (at_us > largest_us_) {
      wrong = fmt::format("is at {} us, beyond the {} min that a file holds", at_us,
                          largest_us_ / 60'000'000);
    }
    if (!wrong.empty()) {
      return Fail(ErrorKind::kUsage,
                  fmt::format("event {} {}", &event - events.events.data(), wrong), file_.string());
    }
    before_us = at_us;
  }
  return {};
}

void EventOrder::Advance(const EventSpan& events) {
  if (!events.events.empty()) last_us_ = Shift_us(events) + events.events.back().time_us;
}

}  // namespace nightjar
