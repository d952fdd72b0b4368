// SPDX-License-Identifier: Apache-2.0
#include "spatial/query/grid_rows.h"

#include <algorithm>

namespace nightjar {

GridRows::GridRows(const OccupancyGrid& grid) : size_(grid.size) {
  if (grid.states.empty()) {
    size_ = {0, 0, 0};
    return;
  }
  words_per_row_ = (static_cast<size_t>(size_[0]) + 63) / 64;
  const size_t rows = static_cast<size_t>(size_[1]) * static_cast<size_t>(size_[2]);
  occupied_.reserve(rows * words_per_row_);
  unknown_.reserve(rows * words_per_row_);
  const int8_t* state = grid.states.data();
  for (size_t row = 0; row < rows; ++row) {
    for (int x = 0; x < size_[0]; x += 64) {
      uint64_t occupied = 0, unknown = 0;
      const int count = std::min(64, size_[0] - x);
      for (int i = 0; i < count; ++i, ++state) {
        occupied |= uint64_t{*state == OccupancyGrid::kOccupied} << i;
        unknown |= uint64_t{*state == OccupancyGrid::kUnknown} << i;
      }
      occupied_.push_back(occupied);
      unknown_.push_back(unknown);
    }
  }
}

bool GridRows::Any(const Words& words, int x_first, int x_last, int y, int z) const {
  const size_t row =
      (static_cast<size_t>(z) * static_cast<size_t>(size_[1]) + static_cast<size_t>(y)) *
      words_per_row_;
  const int first = x_first / 64, last = x_last / 64;
  for (int w = first; w <= last; ++w) {
    uint64_t bits = words[row + static_cast<size_t>(w)];
    if (w == first) bits &= ~uint64_t{0} << (x_first % 64);
    if (w == last) bits &= ~uint64_t{0} >> (63 - x_last % 64);
    if (bits != 0) return true;
  }
  return false;
}

bool GridRows::AnyOccupied(int x_first, int x_last, int y, int z) const {
  if (y < 0 || z < 0 || y >= size_[1] || z >= size_[2]) return false;
  x_first = std::max(x_first, 0);
  x_last = std::min(x_last, size_[0] - 1);
  return x_first <= x_last && Any(occupied_, x_first, x_last, y, z);
}

bool GridRows::AnyUnknown(int x_first, int x_last, int y, int z) const {
  if (x_first > x_last) return false;
  if (x_first < 0 || y < 0 || z < 0 || x_last >= size_[0] || y >= size_[1] || z >= size_[2])
    return true;
  return Any(unknown_, x_first, x_last, y, z);
}

}  // namespace nightjar
