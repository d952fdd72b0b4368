// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/result.h"
#include "isp/events/event_filter.h"

namespace nightjar {

struct HotPixelFilterOptions {
  /// Pixels are judged by their events in windows of this length, 1e-3 .. 60 s: long enough for
  /// least_rate_hz to be a dozen events, short enough to follow a sensor that warms up.
  double window_s = 0.5;
  double least_rate_hz = 25;  // of a hot pixel, 0.1 .. 1e6; several times leak and shot noise
  /// A hot pixel has more events than this times (1 + the third most of its neighbours), 1.5 ..
  /// 1000. Edges and lamps are seen by neighbours as well; thresholds differ by a few tens of
  /// percent.
  double ratio = 8;
  Status Validate() const;  // kUsage
};

/// Learns which pixels are hot, firing whatever they see, and drops their events.
///
/// At the end of every window each pixel is judged by its count, and stays hot or not through the
/// next one; during the first window everything passes. Of its up to eight neighbours the one with
/// the third most events is what a pixel is held against: up to three hot ones may touch, and a
/// pixel at the corner of a small lamp has three neighbours that see it. Counts end at 32767.
class HotPixelFilter : public EventFilter {
 public:
  /// `options` are valid.
  HotPixelFilter(const HotPixelFilterOptions& options, int width, int height);
  size_t Filter(std::span<Event> events, SensorTime begin) override;

  bool IsHot(int x, int y) const { return (state_[Index(x, y)] & kHot) != 0; }

 private:
  static constexpr uint16_t kHot = 0x8000;  // beside the count of the window so far

  size_t Index(int x, int y) const {
    return static_cast<size_t>(y) * static_cast<size_t>(width_) + static_cast<size_t>(x);
  }
  void Judge();
  int ThirdOfNeighbours(int x, int y) const;

  int64_t window_us_;
  int least_;  // events in a window
  double ratio_;
  int width_, height_;
  std::optional<int64_t> window_end_us_;  // of sensor time; of the first window, once it has begun
  std::vector<uint16_t> state_;
};

}  // namespace nightjar
