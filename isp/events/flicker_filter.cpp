// SPDX-License-Identifier: Apache-2.0
#include "isp/events/flicker_filter.h"

#include <algorithm>
#include <cstdlib>

namespace nightjar {

Status FlickerFilterOptions::Validate() const {
  if (!(lowest_hz >= 20 && lowest_hz <= highest_hz && highest_hz <= 5000)) {
    return Fail(
        ErrorKind::kUsage,
        "lowest_hz and highest_hz of the flicker filter must be 20 to 5000 Hz and in order");
  }
  if (periods < 1 || periods > 30)
    return Fail(ErrorKind::kUsage, "periods of the flicker filter must be 1 to 30");
  if (tolerance >= 0.01 && tolerance <= 0.5) return {};
  return Fail(ErrorKind::kUsage, "tolerance of the flicker filter must be 0.01 to 0.5");
}

FlickerFilter::FlickerFilter(const FlickerFilterOptions& options, int width, int height)
    : shortest_us_(ToMicroseconds(1 / options.highest_hz)),
      longest_us_(ToMicroseconds(1 / options.lowest_hz)),
      periods_(options.periods),
      tolerance_(static_cast<float>(options.tolerance)),
      width_(width),
      height_(height),
      pixels_(static_cast<size_t>(width) * static_cast<size_t>(height)) {}

size_t FlickerFilter::Filter(std::span<Event> events, SensorTime begin) {
  epoch_.Begin(begin);
  const auto move_back = [this](int32_t by) {
    for (Pixel& pixel : pixels_) pixel.rise = EventEpoch::MovedBack(pixel.rise, by);
  };
  return MoveToFront(events, [&](const Event& event) {
    if (event.x >= width_ || event.y >= height_) return false;
    const int32_t now = epoch_.At(event.time_us, move_back);
    Pixel& pixel = pixels_[event.y * static_cast<size_t>(width_) + event.x];
    if (now - pixel.rise > 2 * longest_us_) pixel.alike = 0;
    if (event.on > pixel.on) Rise(now, pixel);
    pixel.on = event.on;
    return pixel.alike < periods_;
  });
}

void FlickerFilter::Rise(int32_t now, Pixel& pixel) const {
  const int32_t period = std::max(now - pixel.rise, 0);
  pixel.rise = now;
  const bool in_band = period >= shortest_us_ && period <= longest_us_;
  if (in_band && static_cast<float>(std::abs(period - pixel.period_us)) <=
                     tolerance_ * static_cast<float>(pixel.period_us)) {
    pixel.alike = static_cast<uint8_t>(std::min(pixel.alike + 1, 2 * periods_));
  } else {
    if (pixel.alike > 0) --pixel.alike;
    if (pixel.alike > 0) return;
  }
  pixel.period_us = static_cast<uint16_t>(in_band ? period : 0);
}

}  // namespace nightjar
