// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/coherent_depth.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

namespace nightjar {
namespace {

/// Known pixels of a map, row by row, and how many of them lie in a rectangle.
class Known {
 public:
  explicit Known(const DepthMap& map)
      : width_(map.view.width),
        height_(map.view.height),
        known_(static_cast<size_t>(width_) * static_cast<size_t>(height_)),
        sums_(static_cast<size_t>(width_ + 1) * static_cast<size_t>(height_ + 1)) {
    for (int y = 0; y < height_; ++y) {
      int row = 0;
      for (int x = 0; x < width_; ++x) {
        const float depth = map.depth_m(x, y), sigma = map.sigma_m(x, y);
        const bool is = depth > 0 && std::isfinite(depth) && sigma > 0 && std::isfinite(sigma);
        known_[Index(x, y)] = is ? 1 : 0;
        row += is ? 1 : 0;
        Sum(x + 1, y + 1) = Sum(x + 1, y) + row;
      }
    }
  }
  size_t Index(int x, int y) const {
    return static_cast<size_t>(y) * static_cast<size_t>(width_) + static_cast<size_t>(x);
  }
  bool At(size_t index) const { return known_[index] != 0; }
  double ShareAround(int x, int y, int reach) const {
    const int left = std::max(0, x - reach), right = std::min(width_, x + reach + 1);
    const int top = std::max(0, y - reach), bottom = std::min(height_, y + reach + 1);
    const int count = Get(right, bottom) - Get(left, bottom) - Get(right, top) + Get(left, top);
    return static_cast<double>(count) / ((right - left) * (bottom - top));
  }

 private:
  int& Sum(int x, int y) {
    return sums_[static_cast<size_t>(y) * static_cast<size_t>(width_ + 1) + static_cast<size_t>(x)];
  }
  int Get(int x, int y) const {
    return sums_[static_cast<size_t>(y) * static_cast<size_t>(width_ + 1) + static_cast<size_t>(x)];
  }
  int width_, height_;
  std::vector<uint8_t> known_;
  std::vector<int> sums_;
};

}  // namespace

DepthMap CoherentDepth(const DepthMap& map, const CoherentDepthOptions& options) {
  DepthMap coherent = UnknownDepthMap(map.time, map.camera, map.view);
  const int width = map.view.width, height = map.view.height;
  const Known known(map);
  std::vector<uint8_t> done(static_cast<size_t>(width) * static_cast<size_t>(height));
  std::vector<std::array<int, 2>> part;  // also the list of those whose neighbours are to be tried
  const auto belong = [&](float a, float b, float sigma) {
    return std::abs(a - b) <= std::max(static_cast<float>(options.step) * std::min(a, b), sigma);
  };
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      if (done[known.Index(x, y)] || !known.At(known.Index(x, y))) continue;
      part.assign(1, {x, y});
      done[known.Index(x, y)] = 1;
      for (size_t i = 0; i < part.size(); ++i) {
        const auto [u, v] = part[i];
        for (const auto& [a, b] : {std::array{u + 1, v}, {u - 1, v}, {u, v + 1}, {u, v - 1}}) {
          if (a < 0 || b < 0 || a >= width || b >= height) continue;
          const size_t index = known.Index(a, b);
          if (done[index] || !known.At(index)) continue;
          if (!belong(map.depth_m(u, v), map.depth_m(a, b),
                      std::min(map.sigma_m(u, v), map.sigma_m(a, b))))
            continue;
          done[index] = 1;
          part.push_back({a, b});
        }
      }
      if (static_cast<int>(part.size()) < options.least_pixels) continue;
      for (const auto& [u, v] : part) {
        if (known.ShareAround(u, v, options.reach_px) < options.least_known) continue;
        coherent.depth_m(u, v) = map.depth_m(u, v);
        coherent.sigma_m(u, v) = map.sigma_m(u, v);
      }
    }
  }
  return coherent;
}

}  // namespace nightjar
