// SPDX-License-Identifier: Apache-2.0
#include "isp/events/refractory_filter.h"

namespace nightjar {

Status RefractoryFilterOptions::Validate() const {
  if (period_s >= 1e-6 && period_s <= 500) return {};
  return Fail(ErrorKind::kUsage, "period_s of the refractory filter must be 1e-6 to 500 s");
}

size_t RefractoryFilter::Filter(std::span<Event> events, SensorTime begin) {
  passed_.Begin(begin);
  return MoveToFront(events, [this](const Event& event) {
    if (!passed_.Contains(event)) return false;
    const int32_t now = passed_.Now(event);
    int32_t& last = *passed_.At(event);
    if (now - last < period_us_) return false;
    last = now;
    return true;
  });
}

}  // namespace nightjar
