// SPDX-License-Identifier: Apache-2.0
#include "isp/events/correlation_filter.h"

#include <cstring>

namespace nightjar {
namespace {

using Int4 = int32_t __attribute__((vector_size(16)));

Int4 Load(const int32_t* times) {
  Int4 four;
  std::memcpy(&four, times, sizeof four);
  return four;
}

}  // namespace

Status CorrelationFilterOptions::Validate() const {
  if (!(window_s >= 1e-6 && window_s <= 500))
    return Fail(ErrorKind::kUsage, "window_s of the correlation filter must be 1e-6 to 500 s");
  if (neighbours >= 1 && neighbours <= 8) return {};
  return Fail(ErrorKind::kUsage, "neighbours of the correlation filter must be 1 to 8");
}

size_t CorrelationFilter::Filter(std::span<Event> events, SensorTime begin) {
  last_.Begin(begin);
  return MoveToFront(events, [this](const Event& event) {
    if (!last_.Contains(event)) return false;
    const int32_t now = last_.Now(event);
    int32_t* here = last_.At(event);
    // Three of the four lanes count; in the middle row not the pixel itself. True is -1.
    const Int4 before = Int4{} + (now - window_us_ - 1);
    const Int4 outer =
        (Load(here - last_.stride() - 1) > before) + (Load(here + last_.stride() - 1) > before);
    const Int4 middle = Load(here - 1) > before;
    const int recent = outer[0] + outer[1] + outer[2] + middle[0] + middle[2];
    *here = now;
    return -recent >= neighbours_;
  });
}

}  // namespace nightjar
