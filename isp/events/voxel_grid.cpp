// SPDX-License-Identifier: Apache-2.0
#include "isp/events/voxel_grid.h"

#include <algorithm>

#include "isp/events/event_epoch.h"

namespace nightjar {

Result<int64_t> AddToVoxelGrid(const EventSpan& packet, SensorTime begin, SensorTime end,
                               PlanarImage<float>& grid) {
  if (grid.data() == nullptr || grid.dim(0).stride() != 1)
    return Fail(ErrorKind::kUsage, "a grid of events needs planes of adjacent pixels");
  const int64_t first_us = FloorMicroseconds(begin), length_us = FloorMicroseconds(end) - first_us;
  if (length_us <= 0 || length_us > int64_t{0xFFFFFFFF})
    return Fail(ErrorKind::kUsage, "a grid of events must span 1 us to 71 min");
  const int width = grid.width(), height = grid.height(), planes = grid.dim(2).extent();
  const ptrdiff_t stride = grid.dim(1).stride(), plane = grid.dim(2).stride();
  const int64_t offset_us = FloorMicroseconds(packet.begin) - first_us;
  const float per_us = static_cast<float>(planes - 1) / static_cast<float>(length_us);
  const int last = std::max(planes - 2, 0);  // whose neighbour is the last plane
  const ptrdiff_t next = planes > 1 ? plane : 0;
  int64_t outside = 0;
  for (const Event event : packet.events) {
    const int64_t t_us = offset_us + event.time_us;
    if (event.x >= width || event.y >= height || t_us < 0 || t_us >= length_us) [[unlikely]] {
      ++outside;
      continue;
    }
    const float s = static_cast<float>(t_us) * per_us;
    const int before = std::min(static_cast<int>(s), last);
    const float sign = event.on ? 1.0F : -1.0F;
    const float share = sign * (s - static_cast<float>(before));
    float* pixel = grid.data() + before * plane + event.y * stride + event.x;
    *pixel += sign - share;
    pixel[next] += share;
  }
  return outside;
}

}  // namespace nightjar
