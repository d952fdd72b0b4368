// SPDX-License-Identifier: Apache-2.0
#include "isp/coarse_share.h"

#include <algorithm>
#include <cmath>

#include "isp/linear_frame.h"

namespace nightjar {
namespace {

constexpr int kBlock = 4;   // px, of FusedFrame::remaining
constexpr int kReach = 2;   // blocks to each side, over which g is one number and traces are sought
constexpr int kInside = 2;  // blocks: what is beside an object is not within its windows
// Means over 8 x 8 px that do not overlap, in a window of that reach: sigma of their mean square.
const float kScatter = std::sqrt(2 / 6.F);

/// Sums of b - a over 2 x 2 blocks that begin at (h, v), DN; in the last column and row over the
/// last blocks.
Image<float> MeanDifferences(const Image<uint16_t>& a, const Image<uint16_t>& b, int columns,
                             int rows) {
  const int a_x = a.dim(0).min(), a_y = a.dim(1).min(), b_x = b.dim(0).min(), b_y = b.dim(1).min();
  Image<float> sums(columns, rows);
  sums.for_each_element([&](int h, int v) {
    int sum = 0;
    for (int y = kBlock * v; y < std::min(kBlock * (v + 1), a.height()); ++y) {
      for (int x = kBlock * h; x < std::min(kBlock * (h + 1), a.width()); ++x)
        sum += b(b_x + x, b_y + y) - a(a_x + x, a_y + y);
    }
    sums(h, v) = static_cast<float>(sum);
  });
  // In place: every block is read before it is written.
  sums.for_each_element([&](int h, int v) {
    const int right = std::min(h + 1, columns - 1), below = std::min(v + 1, rows - 1);
    sums(h, v) = (sums(h, v) + sums(right, v)) + (sums(h, below) + sums(right, below));
  });
  return sums;
}

/// Calls visit(i, j) for all 2 x 2 blocks near block (h, v).
template <typename Visit>
void Around(int h, int v, const Image<float>& means, const Visit& visit) {
  for (int j = std::max(v - kReach - 1, 0); j <= std::min(v + kReach, means.height() - 1); ++j) {
    for (int i = std::max(h - kReach - 1, 0); i <= std::min(h + kReach, means.width() - 1); ++i)
      visit(i, j);
  }
}

/// The least at a block and at four around it.
float LeastAround(const Image<float>& map, int h, int v) {
  float least = map(h, v);
  for (const int i : {std::max(h - kInside, 0), std::min(h + kInside, map.width() - 1)}) {
    for (const int j : {std::max(v - kInside, 0), std::min(v + kInside, map.height() - 1)})
      least = std::min(least, map(i, j));
  }
  return least;
}

}  // namespace

CoarseShare::CoarseShare(int width, int height)
    : weight_(FilledImage((width + kBlock - 1) / kBlock, (height + kBlock - 1) / kBlock, 1.F)),
      noise_(weight_.copy()) {}

CoarseShare CoarseShare::With(const Image<uint16_t>& other, const Image<uint16_t>& base,
                              const Image<uint16_t>& fused) const {
  const Image<float> added = MeanDifferences(base, fused, weight_.width(), weight_.height());
  const Image<float> possible = MeanDifferences(base, other, weight_.width(), weight_.height());
  CoarseShare updated(base.width(), base.height());
  weight_.for_each_element([&](int h, int v) {
    float product = 0, square = 1;  // DN^2: where nothing differs nothing is added
    Around(h, v, added, [&](int i, int j) {
      product += added(i, j) * possible(i, j);
      square += possible(i, j) * possible(i, j);
    });
    const float gain = std::clamp(product / square, 0.F, 1.F);
    updated.weight_(h, v) = (1 - gain) * weight_(h, v);
    updated.noise_(h, v) = (1 - gain) * (1 - gain) * noise_(h, v) + gain * gain;
  });
  return updated;
}

Image<float> CoarseShare::Of(const Image<uint16_t>& first, const Image<uint16_t>& merged,
                             const NoiseProfile::Channel& noise) const {
  const int columns = weight_.width(), rows = weight_.height();
  Image<float> squares = MeanDifferences(first, merged, columns, rows);
  squares.for_each_element([&](int h, int v) {  // in units of what one frame's noise makes of them
    const int x = std::min(kBlock * (h + 1), merged.width() - 1);
    const int y = std::min(kBlock * (v + 1), merged.height() - 1);
    const double light =
        std::max(0.0, FromLinear(merged(merged.dim(0).min() + x, merged.dim(1).min() + y)));
    const double scale = kLinearScale * std::sqrt(64 * (noise.scale * light + noise.offset));
    const auto difference = static_cast<float>(static_cast<double>(squares(h, v)) / scale);
    squares(h, v) = difference * difference;
  });
  Image<float> traces(columns, rows);
  traces.for_each_element([&](int h, int v) {
    float sum = 0, count = 0;
    Around(h, v, squares, [&](int i, int j) {
      sum += squares(i, j);
      count += 1;
    });
    const float expected = std::max(noise_(h, v) + 1 - 2 * weight_(h, v), 0.F);
    traces(h, v) = std::max(sum / count - expected * (1 + kScatter), 0.F);
  });
  Image<float> share(columns, rows);
  share.for_each_element(
      [&](int h, int v) { share(h, v) = noise_(h, v) + LeastAround(traces, h, v); });
  return share;
}

}  // namespace nightjar
