// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"
#include "isp/events/event_filter.h"
#include "isp/events/pixel_times.h"

namespace nightjar {

struct RefractoryFilterOptions {
  /// After an event that passed, its pixel is not heard for this time, 1e-6 .. 500 s. A millisecond
  /// thins the volley of a strong edge and is short of what an edge takes from pixel to pixel.
  double period_s = 1e-3;
  Status Validate() const;  // kUsage
};

/// Passes an event when the last one of its pixel that passed, of either polarity, is at least a
/// period ago.
class RefractoryFilter : public EventFilter {
 public:
  /// `options` are valid.
  RefractoryFilter(const RefractoryFilterOptions& options, int width, int height)
      : period_us_(ToMicroseconds(options.period_s)), passed_(width, height, 0) {}
  size_t Filter(std::span<Event> events, SensorTime begin) override;

 private:
  int32_t period_us_;
  PixelTimes passed_;
};

}  // namespace nightjar
