// SPDX-License-Identifier: Apache-2.0
#include "isp/events/background_filter.h"

namespace nightjar {

Status BackgroundFilterOptions::Validate() const {
  if (window_s >= 1e-6 && window_s <= 500) return {};
  return Fail(ErrorKind::kUsage, "window_s of the background filter must be 1e-6 to 500 s");
}

size_t BackgroundFilter::Filter(std::span<Event> events, SensorTime begin) {
  neighbour_.Begin(begin);
  return MoveToFront(events, [this](const Event& event) {
    if (!neighbour_.Contains(event)) return false;
    const int32_t now = neighbour_.Now(event);
    int32_t* here = neighbour_.At(event);
    int32_t* above = here - neighbour_.stride();
    int32_t* below = here + neighbour_.stride();
    const bool passes = now - *here <= window_us_;
    above[-1] = above[0] = above[1] = now;
    here[-1] = here[1] = now;
    below[-1] = below[0] = below[1] = now;
    return passes;
  });
}

}  // namespace nightjar
