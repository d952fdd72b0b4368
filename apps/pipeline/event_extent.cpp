// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/event_extent.h"

#include <algorithm>
#include <cstddef>

namespace nightjar {
namespace {

constexpr size_t kColumns = 65536, kRows = 32768;  // what an Event can say
constexpr int64_t kShareApart = 100;               // one of so many may lie apart
constexpr size_t kLeastGap = 16;                   // px

int Extent(const std::vector<int64_t>& counts, int64_t events) {
  if (events == 0) return 0;
  // The last place that is not among the few last events.
  size_t last = counts.size() - 1;
  for (int64_t behind = counts[last]; behind <= events / kShareApart; behind += counts[last])
    --last;
  for (size_t place = last + 1; place < counts.size(); ++place) {
    if (counts[place] == 0) continue;
    if (place - last > std::max(kLeastGap, last / 4)) break;
    last = place;
  }
  return static_cast<int>(last) + 1;
}

}  // namespace

EventExtent::EventExtent() : columns_(kColumns), rows_(kRows) {}

void EventExtent::Add(const EventSpan& events) {
  for (const Event& event : events.events) {
    ++columns_[event.x];
    ++rows_[event.y];
  }
  events_ += static_cast<int64_t>(events.events.size());
}

ImageSize EventExtent::size() const { return {Extent(columns_, events_), Extent(rows_, events_)}; }

}  // namespace nightjar
