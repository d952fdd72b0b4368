// SPDX-License-Identifier: Apache-2.0
#include "isp/events/hot_pixel_filter.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "isp/events/event_epoch.h"

namespace nightjar {

Status HotPixelFilterOptions::Validate() const {
  if (!(window_s >= 1e-3 && window_s <= 60))
    return Fail(ErrorKind::kUsage, "window_s of the hot pixel filter must be 0.001 to 60 s");
  if (!(least_rate_hz >= 0.1 && least_rate_hz <= 1e6))
    return Fail(ErrorKind::kUsage, "least_rate_hz of the hot pixel filter must be 0.1 to 1e6 Hz");
  if (ratio >= 1.5 && ratio <= 1000) return {};
  return Fail(ErrorKind::kUsage, "ratio of the hot pixel filter must be 1.5 to 1000");
}

HotPixelFilter::HotPixelFilter(const HotPixelFilterOptions& options, int width, int height)
    : window_us_(ToMicroseconds(options.window_s)),
      // A count cannot be larger than kHot - 1.
      least_(static_cast<int>(
          std::clamp(std::ceil(options.least_rate_hz * options.window_s), 1.0, kHot - 1.0))),
      ratio_(options.ratio),
      width_(width),
      height_(height),
      state_(static_cast<size_t>(width) * static_cast<size_t>(height)) {}

size_t HotPixelFilter::Filter(std::span<Event> events, SensorTime begin) {
  const int64_t begin_us = FloorMicroseconds(begin);
  return MoveToFront(events, [&](const Event& event) {
    if (event.x >= width_ || event.y >= height_) return false;
    const int64_t now_us = begin_us + event.time_us;
    if (!window_end_us_) window_end_us_ = now_us + window_us_;
    if (now_us >= *window_end_us_) [[unlikely]] {
      Judge();
      // The next window begins where the last one ended, or at a multiple after it.
      *window_end_us_ += ((now_us - *window_end_us_) / window_us_ + 1) * window_us_;
    }
    uint16_t& state = state_[Index(event.x, event.y)];
    if ((state & (kHot - 1)) != kHot - 1) ++state;
    return (state & kHot) == 0;
  });
}

void HotPixelFilter::Judge() {
  std::vector<size_t> hot;
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) {
      const int count = state_[Index(x, y)] & (kHot - 1);
      if (count >= least_ && count > ratio_ * (1 + ThirdOfNeighbours(x, y)))
        hot.push_back(Index(x, y));
    }
  }
  std::fill(state_.begin(), state_.end(), uint16_t{0});
  for (const size_t index : hot) state_[index] = kHot;
}

int HotPixelFilter::ThirdOfNeighbours(int x, int y) const {
  std::array<int, 8> counts;
  size_t size = 0;
  for (int v = std::max(y - 1, 0); v <= std::min(y + 1, height_ - 1); ++v) {
    for (int u = std::max(x - 1, 0); u <= std::min(x + 1, width_ - 1); ++u) {
      if (u != x || v != y) counts[size++] = state_[Index(u, v)] & (kHot - 1);
    }
  }
  if (size == 0) return 0;
  const auto third = counts.begin() + static_cast<ptrdiff_t>(std::min(size - 1, size_t{2}));
  std::nth_element(counts.begin(), third, counts.begin() + static_cast<ptrdiff_t>(size),
                   std::greater<>());
  return *third;
}

}  // namespace nightjar
