// SPDX-License-Identifier: Apache-2.0
#include "isp/events/trail_filter.h"

namespace nightjar {

Status TrailFilterOptions::Validate() const {
  if (burst_s >= 1e-6 && burst_s <= 500) return {};
  return Fail(ErrorKind::kUsage, "burst_s of the trail filter must be 1e-6 to 500 s");
}

size_t TrailFilter::Filter(std::span<Event> events, SensorTime begin) {
  epoch_.Begin(begin);
  const auto move_back = [this](int32_t by) {
    for (uint32_t& last : last_) {
      const int32_t time = EventEpoch::MovedBack(static_cast<int32_t>(last >> 1), by);
      last = static_cast<uint32_t>(time) << 1 | (last & 1);
    }
  };
  return MoveToFront(events, [&](const Event& event) {
    if (event.x >= width_ || event.y >= height_) return false;
    const int32_t now = epoch_.At(event.time_us, move_back);
    uint32_t& last = last_[event.y * static_cast<size_t>(width_) + event.x];
    const bool turned = (last & 1) != event.on;
    const bool late = now - static_cast<int32_t>(last >> 1) > burst_us_;
    last = static_cast<uint32_t>(now) << 1 | event.on;
    return turned || late;
  });
}

}  // namespace nightjar
