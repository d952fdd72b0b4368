// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"
#include "isp/events/event_filter.h"
#include "isp/events/pixel_times.h"

namespace nightjar {

struct BackgroundFilterOptions {
  /// How recent the event of a neighbour has to be, 1e-6 .. 500 s. The slower the motion that is to
  /// pass, the longer; pixels with noise of r Hz support each other's with probability 8 r times
  /// this.
  double window_s = 5e-3;
  Status Validate() const;  // kUsage
};

/// Passes an event when one of its eight neighbours had an event, of either polarity, at most a
/// window ago: Delbruck, "Frame-free dynamic digital vision", ISSLE 2008. Its own pixel does not
/// count. As there, an event leaves its time with its neighbours, which look at one time only.
class BackgroundFilter : public EventFilter {
 public:
  /// `options` are valid.
  BackgroundFilter(const BackgroundFilterOptions& options, int width, int height)
      : window_us_(ToMicroseconds(options.window_s)), neighbour_(width, height, 1) {}
  size_t Filter(std::span<Event> events, SensorTime begin) override;

 private:
  int32_t window_us_;
  PixelTimes neighbour_;  // of the last event of a neighbour
};

}  // namespace nightjar
