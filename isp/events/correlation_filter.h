// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"
#include "isp/events/event_filter.h"
#include "isp/events/pixel_times.h"

namespace nightjar {

struct CorrelationFilterOptions {
  double window_s = 5e-3;  // how recent an event of a neighbour has to be, 1e-6 .. 500 s
  /// Of eight, how many neighbours have to have one, 1 .. 8. An edge touches three at a time; two
  /// passes its front pixel by pixel, and noise of r Hz a pixel with 28 (r window_s)^2 only.
  int neighbours = 2;
  Status Validate() const;  // kUsage
};

/// Spatio-temporal correlation: passes an event when enough of its eight neighbours had an event,
/// of either polarity, at most a window ago. Guo, Delbruck, "Low cost and latency event camera
/// background activity denoising", TPAMI 2022. Events that do not pass count for later ones; those
/// of the own pixel never do.
class CorrelationFilter : public EventFilter {
 public:
  /// `options` are valid.
  CorrelationFilter(const CorrelationFilterOptions& options, int width, int height)
      : window_us_(ToMicroseconds(options.window_s)),
        neighbours_(options.neighbours),
        last_(width, height, 1) {}
  size_t Filter(std::span<Event> events, SensorTime begin) override;

 private:
  int32_t window_us_;
  int neighbours_;
  PixelTimes last_;
};

}  // namespace nightjar
