// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <vector>

#include "core/result.h"
#include "isp/events/event_epoch.h"
#include "isp/events/event_filter.h"

namespace nightjar {

struct TrailFilterOptions {
  /// An event this soon after the last one of its pixel, of the same polarity, belongs to the same
  /// burst, 1e-6 .. 500 s. In the dark a photoreceptor of 10 Hz takes 16 ms to follow an edge.
  double burst_s = 10e-3;
  Status Validate() const;  // kUsage
};

/// Passes the first event of every burst of one polarity: an edge of high contrast is told once,
/// when it comes, and not by a trail of events behind it. The last event of a pixel counts whether
/// it passed or not.
class TrailFilter : public EventFilter {
 public:
  /// `options` are valid.
  TrailFilter(const TrailFilterOptions& options, int width, int height)
      : burst_us_(ToMicroseconds(options.burst_s)),
        width_(width),
        height_(height),
        last_(static_cast<size_t>(width) * static_cast<size_t>(height)) {}
  size_t Filter(std::span<Event> events, SensorTime begin) override;

 private:
  int32_t burst_us_;
  int width_, height_;
  EventEpoch epoch_;
  std::vector<uint32_t> last_;  // 2 * time + polarity, by pixel
};

}  // namespace nightjar
