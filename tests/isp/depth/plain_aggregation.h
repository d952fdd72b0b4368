// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "isp/depth/semi_global_aggregation.h"

namespace nightjar {

/// Any costs, from a generator.
class RandomCosts : public CostRows {
 public:
  RandomCosts(int width, int height, int levels, uint64_t seed)
      : width_(width),
        height_(height),
        levels_(levels),
        costs_(static_cast<size_t>(width) * height * levels) {
    uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
    for (uint8_t& cost : costs_) {
      state = state * 6364136223846793005u + 1442695040888963407u;
      cost = static_cast<uint8_t>((state >> 33) % (kHighestCost + 1));
    }
  }
  int width() const override { return width_; }
  int height() const override { return height_; }
  int levels() const override { return levels_; }
  int At(int x, int y, int d) const {
    return costs_[(static_cast<size_t>(y) * width_ + x) * levels_ + d];
  }
  void Row(int y, int stride, uint8_t* costs) const override {
    for (int x = 0; x < width_; ++x) {
      for (int d = 0; d < stride; ++d)
        costs[x * stride + d] = d < levels_ ? static_cast<uint8_t>(At(x, y, d)) : uint8_t{0};
    }
  }

 private:
  int width_, height_, levels_;
  std::vector<uint8_t> costs_;
};

/// The sums by the book: path after path over the whole picture, in integers as large as it takes.
inline std::vector<int> PlainSums(const RandomCosts& costs, const Image<uint8_t>& guide,
                                  const SemiGlobalOptions& options) {
  const int width = costs.width(), height = costs.height(), levels = costs.levels();
  const auto at = [&](int x, int y) { return (static_cast<size_t>(y) * width + x) * levels; };
  std::vector<int> sums(at(0, height));
  static constexpr int kSteps[8][2] = {{1, 0}, {-1, 0}, {0, 1},  {0, -1},
                                       {1, 1}, {-1, 1}, {1, -1}, {-1, -1}};
  for (int p = 0; p < options.paths; ++p) {
    const int dx = kSteps[p][0], dy = kSteps[p][1];
    std::vector<int> path(sums.size());
    for (int j = 0; j < height; ++j) {
      for (int i = 0; i < width; ++i) {
        const int x = dx < 0 ? width - 1 - i : i, y = dy < 0 ? height - 1 - j : j;
        const int px = x - dx, py = y - dy;
        const bool begins = px < 0 || py < 0 || px >= width || py >= height;
        int least = 0, large = 0;
        if (!begins) {
          least = *std::min_element(path.begin() + at(px, py), path.begin() + at(px, py) + levels);
          const int range = options.large_step - options.large_step_at_edge;
          const int edge = std::abs(guide(x, y) - guide(px, py));
          large = options.large_step_at_edge +
                  range * options.edge_contrast / (options.edge_contrast + edge);
        }
        for (int d = 0; d < levels; ++d) {
          int before = 0;
          if (!begins) {
            const int* from = &path[at(px, py)];
            before = std::min(from[d], least + large);
            if (d > 0) before = std::min(before, from[d - 1] + options.small_step);
            if (d + 1 < levels) before = std::min(before, from[d + 1] + options.small_step);
            before -= least;
          }
          path[at(x, y) + d] = costs.At(x, y, d) + before;
          sums[at(x, y) + d] += path[at(x, y) + d];
        }
      }
    }
  }
  return sums;
}

}  // namespace nightjar
