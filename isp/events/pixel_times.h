// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "core/event_packet.h"
#include "isp/events/event_epoch.h"

namespace nightjar {

/// The time of an event of each pixel of a sensor (EventEpoch's), with a margin of pixels that
/// never had one, so that neighbours need no test for the border.
class PixelTimes {
 public:
  /// `margin`: px around the sensor.
  PixelTimes(int width, int height, int margin)
      : width_(width),
        height_(height),
        stride_(width + 2 * margin),
        first_(static_cast<size_t>(stride_) * static_cast<size_t>(margin) +
               static_cast<size_t>(margin)),
        // Vectors of four may reach one beyond the last pixel's neighbour.
        times_(static_cast<size_t>(stride_) * static_cast<size_t>(height + 2 * margin) + 1,
               EventEpoch::kNever) {}

  bool Contains(const Event& event) const { return event.x < width_ && event.y < height_; }
  ptrdiff_t stride() const { return stride_; }

  /// Of a pixel of the sensor; those of a row are adjacent.
  int32_t* At(const Event& event) {
    return times_.data() + first_ + event.y * static_cast<size_t>(stride_) + event.x;
  }

  void Begin(SensorTime begin) { epoch_.Begin(begin); }
  /// The time of an event of the packet.
  int32_t Now(const Event& event) {
    return epoch_.At(event.time_us, [this](int32_t by) {
      for (int32_t& t : times_) t = EventEpoch::MovedBack(t, by);
    });
  }

 private:
  int width_, height_, stride_;
  size_t first_;
  EventEpoch epoch_;
  std::vector<int32_t> times_;
};

}  // namespace nightjar
