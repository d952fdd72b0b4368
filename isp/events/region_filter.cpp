// SPDX-License-Identifier: Apache-2.0
#include "isp/events/region_filter.h"

namespace nightjar {

Status RegionFilterOptions::Validate(int sensor_width, int sensor_height) const {
  if (left >= 0 && top >= 0 && width >= 1 && height >= 1 && left < sensor_width &&
      top < sensor_height && width <= sensor_width - left && height <= sensor_height - top)
    return {};
  return Fail(ErrorKind::kUsage, "the region of events is empty or not within the sensor");
}

size_t RegionFilter::Filter(std::span<Event> events, SensorTime) {
  const auto left = static_cast<unsigned>(options_.left), top = static_cast<unsigned>(options_.top);
  const auto width = static_cast<unsigned>(options_.width);
  const auto height = static_cast<unsigned>(options_.height);
  // What is left of the region or above it becomes large.
  return MoveToFront(
      events, [=](const Event& event) { return event.x - left < width && event.y - top < height; });
}

}  // namespace nightjar
