// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "spatial/scene.h"

namespace nightjar {

/// What rows of cubes along x hold, 64 cubes a word: whether anything in a span of a row is
/// occupied or unknown takes a word or two, not a look at each cube. Two bits a cube.
class GridRows {
 public:
  /// Keeps nothing of `grid`, whose states are as many as its size says.
  explicit GridRows(const OccupancyGrid& grid);

  /// Of cubes x_first .. x_last, both included. Outside of the grid nothing is occupied and all is
  /// unknown.
  bool AnyOccupied(int x_first, int x_last, int y, int z) const;
  bool AnyUnknown(int x_first, int x_last, int y, int z) const;

  /// Calls take(x, y, z) for every occupied cube, x fastest, then y.
  template <typename Take>
  void ForEachOccupied(const Take& take) const;

 private:
  using Words = std::vector<uint64_t>;
  bool Any(const Words& words, int x_first, int x_last, int y, int z) const;

  std::array<int, 3> size_;
  size_t words_per_row_ = 0;
  Words occupied_, unknown_;
};

template <typename Take>
void GridRows::ForEachOccupied(const Take& take) const {
  size_t word = 0;
  for (int z = 0; z < size_[2]; ++z) {
    for (int y = 0; y < size_[1]; ++y) {
      for (size_t w = 0; w < words_per_row_; ++w, ++word) {
        for (uint64_t bits = occupied_[word]; bits != 0; bits &= bits - 1)
          take(static_cast<int>(64 * w) + std::countr_zero(bits), y, z);
      }
    }
  }
}

}  // namespace nightjar
