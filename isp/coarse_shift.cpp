// SPDX-License-Identifier: Apache-2.0
#include "isp/coarse_shift.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

namespace nightjar {
namespace {

/// A shift has to lower the mean squared difference by this much: where there is only noise none
/// does.
constexpr double kBetter = 0.9;
constexpr int kThumbnail = 48;  // px, the longer side of what is searched in full

/// Means over 2 x 2 pixels; an odd last row or column is left out.
Image<int16_t> Halved(const Image<int16_t>& image) {
  Image<int16_t> half(image.width() / 2, image.height() / 2);
  half.for_each_element([&](int x, int y) {
    const int sum = image(2 * x, 2 * y) + image(2 * x + 1, 2 * y) + image(2 * x, 2 * y + 1) +
                    image(2 * x + 1, 2 * y + 1);
    half(x, y) = static_cast<int16_t>(sum / 4);
  });
  return half;
}

double MeanSquaredDifference(const Image<int16_t>& reference, const Image<int16_t>& other, int dx,
                             int dy) {
  const int width = reference.width(), height = reference.height();
  int64_t sum = 0, count = 0;
  for (int y = std::max(0, -dy); y < std::min(height, height - dy); ++y) {
    for (int x = std::max(0, -dx); x < std::min(width, width - dx); ++x) {
      const int64_t d = reference(x, y) - other(x + dx, y + dy);
      sum += d * d;
      ++count;
    }
  }
  return count == 0 ? std::numeric_limits<double>::infinity()
                    : static_cast<double>(sum) / static_cast<double>(count);
}

Eigen::Vector2i Best(const Image<int16_t>& reference, const Image<int16_t>& other,
                     const Eigen::Vector2i& centre, const Eigen::Vector2i& reach) {
  double least = kBetter * MeanSquaredDifference(reference, other, centre.x(), centre.y());
  Eigen::Vector2i best = centre;
  for (int dy = -reach.y(); dy <= reach.y(); ++dy) {
    for (int dx = -reach.x(); dx <= reach.x(); ++dx) {
      const Eigen::Vector2i shift = centre + Eigen::Vector2i(dx, dy);
      const double difference = MeanSquaredDifference(reference, other, shift.x(), shift.y());
      if (difference < least) {
        least = difference;
        best = shift;
      }
    }
  }
  return best;
}

}  // namespace

Eigen::Vector2d CoarseShift(const Image<int16_t>& reference, const Image<int16_t>& other) {
  std::vector<std::pair<Image<int16_t>, Image<int16_t>>> levels = {{reference, other}};
  while (std::max(levels.back().first.width(), levels.back().first.height()) > kThumbnail &&
         std::min(levels.back().first.width(), levels.back().first.height()) >= 4) {
    levels.emplace_back(Halved(levels.back().first), Halved(levels.back().second));
  }
  const Image<int16_t>& smallest = levels.back().first;
  Eigen::Vector2i shift =
      Best(smallest, levels.back().second, {0, 0}, {smallest.width() / 4, smallest.height() / 4});
  for (size_t i = levels.size() - 1; i-- > 0;)
    shift = Best(levels[i].first, levels[i].second, 2 * shift, {1, 1});
  return shift.cast<double>();
}

}  // namespace nightjar
