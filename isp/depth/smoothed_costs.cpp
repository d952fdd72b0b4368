// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/smoothed_costs.h"

#include <algorithm>
#include <vector>

namespace nightjar {

void SmoothedCosts::Row(int y, int stride, uint8_t* costs) const {
  if (radius_ == 0) return costs_.Row(y, stride, costs);
  const size_t record = static_cast<size_t>(stride), row = record * costs_.width();
  std::vector<uint16_t> columns(row);
  for (int dy = -radius_; dy <= radius_; ++dy) {
    costs_.Row(std::clamp(y + dy, 0, height() - 1), stride, costs);
    for (size_t i = 0; i < row; ++i) columns[i] = static_cast<uint16_t>(columns[i] + costs[i]);
  }
  // The sum over columns, which moves along the row: 127 x 225 fit into 16 bits.
  std::vector<uint16_t> sum(record);
  const auto column = [&](int x) { return &columns[record * std::clamp(x, 0, width() - 1)]; };
  for (int dx = -radius_; dx <= radius_; ++dx) {
    for (size_t d = 0; d < record; ++d) sum[d] = static_cast<uint16_t>(sum[d] + column(dx)[d]);
  }
  const int side = 2 * radius_ + 1, pixels = side * side;
  const uint32_t share = static_cast<uint32_t>((65536 + pixels / 2) / pixels);
  for (int x = 0; x < width(); ++x) {
    const uint16_t *enters = column(x + radius_ + 1), *leaves = column(x - radius_);
    uint8_t* out = costs + record * x;
    for (size_t d = 0; d < record; ++d) {
      out[d] = static_cast<uint8_t>((sum[d] * share + 32768) >> 16);
      sum[d] = static_cast<uint16_t>(sum[d] + enters[d] - leaves[d]);
    }
  }
}

}  // namespace nightjar
