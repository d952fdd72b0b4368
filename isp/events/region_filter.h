// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"
#include "isp/events/event_filter.h"

namespace nightjar {

/// A rectangle of the sensor.
struct RegionFilterOptions {
  int left = 0, top = 0;      // px, 0 ..
  int width = 0, height = 0;  // px, 1 ..
  /// kUsage for an empty rectangle or one that is not within a sensor of this size.
  Status Validate(int sensor_width, int sensor_height) const;
};

/// Passes the events of a region. Pixels keep their numbers.
class RegionFilter : public EventFilter {
 public:
  /// `options` are valid.
  explicit RegionFilter(const RegionFilterOptions& options) : options_(options) {}
  size_t Filter(std::span<Event> events, SensorTime begin) override;

 private:
  RegionFilterOptions options_;
};

}  // namespace nightjar
