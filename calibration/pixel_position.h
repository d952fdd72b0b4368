// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <tuple>
#include <vector>

namespace nightjar {

/// A pixel of a frame; (0, 0) is the top-left one.
struct PixelPosition {
  int x = 0;
  int y = 0;

  bool operator==(const PixelPosition&) const = default;
};

/// Row by row, each once.
inline void SortRowByRow(std::vector<PixelPosition>& pixels) {
  std::sort(pixels.begin(), pixels.end(), [](const PixelPosition& a, const PixelPosition& b) {
    return std::tie(a.y, a.x) < std::tie(b.y, b.x);
  });
  pixels.erase(std::unique(pixels.begin(), pixels.end()), pixels.end());
}

}  // namespace nightjar
