// SPDX-License-Identifier: Apache-2.0
#include "isp/events/polarity_histogram.h"

#include <array>

namespace nightjar {

Result<int64_t> AddToHistogram(std::span<const Event> events, PlanarImage<uint16_t>& histogram) {
  if (histogram.data() == nullptr || histogram.dim(2).extent() != 2 ||
      histogram.dim(0).stride() != 1)
    return Fail(ErrorKind::kUsage, "a histogram of events must be two planes of adjacent pixels");
  const int width = histogram.width(), height = histogram.height();
  const ptrdiff_t stride = histogram.dim(1).stride();
  const std::array<uint16_t*, 2> planes = {histogram.data(),
                                           histogram.data() + histogram.dim(2).stride()};
  int64_t outside = 0;
  for (const Event event : events) {
    if (event.x >= width || event.y >= height) [[unlikely]] {
      ++outside;
      continue;
    }
    uint16_t& count = planes[event.on][event.y * stride + event.x];
    count = static_cast<uint16_t>(count + (count != 0xFFFF ? 1 : 0));
  }
  return outside;
}

}  // namespace nightjar
