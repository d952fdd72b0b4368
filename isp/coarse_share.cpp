// SPDX-License-Identifier: Apache-2.0
#include "isp/coarse_share.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "isp/linear_frame.h"

namespace nightjar {
namespace {

constexpr int kBlock = 4;   // px, of FusedFrame::remaining
constexpr int kReach = 2;   // blocks to each side, over which g is one number and traces are sought
constexpr int kInside = 2;  // blocks: what is beside an object is not within its windows
// Means over 8 x 8 px that do not overlap, in a window of that reach: sigma of their mean square.
const float kScatter = std::sqrt(2 / 6.F);
// Fusion refuses what would be worse than the first frame by itself: on what moves the share is 0.8
// to 1.2, in every light, and what seems more is chance.
constexpr float kMostShare = 1;

/// Sums over 2 x 2 blocks that begin at [h, v], DN, below 2^24 and so exact; in the last column and
/// row over the last blocks.
Image<float> CoarseSums(const Image<uint16_t>& image) {
  const int width = image.width(), left = image.dim(0).min(), top = image.dim(1).min();
  const int columns = (width + kBlock - 1) / kBlock, rows = (image.height() + kBlock - 1) / kBlock;
  Image<float> sums(columns, rows);
  std::vector<int> line(static_cast<size_t>(columns) * kBlock);  // what is beyond the edge stays 0
  for (int v = 0; v < rows; ++v) {
    std::fill(line.begin(), line.end(), 0);
    for (int y = kBlock * v; y < std::min(kBlock * (v + 1), image.height()); ++y) {
      const uint16_t* pixels = &image(left, top + y);
      const int step = image.dim(0).stride();
      for (int x = 0; x < width; ++x) line[static_cast<size_t>(x)] += pixels[x * step];
    }
    const int* sum = line.data();
    for (int h = 0; h < columns; ++h, sum += kBlock)
      sums(h, v) = static_cast<float>((sum[0] + sum[1]) + (sum[2] + sum[3]));
  }
  // In place: every block is read before it is written.
  for (int v = 0; v < rows; ++v) {
    float* here = &sums(0, v);
    const float* below = &sums(0, std::min(v + 1, rows - 1));
    for (int h = 0; h + 1 < columns; ++h)
      here[h] = (here[h] + here[h + 1]) + (below[h] + below[h + 1]);
    here[columns - 1] = 2 * (here[columns - 1] + below[columns - 1]);
  }
  return sums;
}

/// Sums over all 2 x 2 blocks near block [h, v], those inside of the map.
Image<float> WindowSums(const Image<float>& map) {
  const int columns = map.width(), rows = map.height();
  Image<float> sums(columns, rows);
  std::vector<float> line(static_cast<size_t>(columns));
  for (int v = 0; v < rows; ++v) {
    std::fill(line.begin(), line.end(), 0.F);
    for (int j = std::max(v - kReach - 1, 0); j <= std::min(v + kReach, rows - 1); ++j) {
      const float* row = &map(0, j);
      for (int h = 0; h < columns; ++h) line[static_cast<size_t>(h)] += row[h];
    }
    float* out = &sums(0, v);
    std::fill_n(out, columns, 0.F);
    for (int shift = -kReach - 1; shift <= kReach; ++shift) {
      const float* from = line.data() + shift;
      for (int h = std::max(0, -shift); h < std::min(columns, columns - shift); ++h)
        out[h] += from[h];
    }
  }
  return sums;
}

/// The map whose values are of(h, v).
template <typename Of>
Image<float> Map(int columns, int rows, const Of& of) {
  Image<float> map(columns, rows);
  for (int v = 0; v < rows; ++v) {
    for (int h = 0; h < columns; ++h) map(h, v) = of(h, v);
  }
  return map;
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

/// g: how much of what `other` means to change fusion let it, of sums.
Image<float> Gains(const Image<float>& base, const Image<float>& other, const Image<float>& fused) {
  const int columns = base.width(), rows = base.height();
  const auto possible = [&](int h, int v) { return other(h, v) - base(h, v); };
  const Image<float> products = WindowSums(Map(
      columns, rows, [&](int h, int v) { return (fused(h, v) - base(h, v)) * possible(h, v); }));
  const Image<float> squares =
      WindowSums(Map(columns, rows, [&](int h, int v) { return possible(h, v) * possible(h, v); }));
  return Map(columns, rows, [&](int h, int v) {
    // DN^2: where nothing differs nothing is added.
    return std::clamp(products(h, v) / (squares(h, v) + 1), 0.F, 1.F);
  });
}

/// What the mean square of b - a, both sums, has around each block beyond what is `expected` of it
/// and its scatter, in units of what one frame's noise makes of sums where the light is that of
/// `light`; the least around.
Image<float> Traces(const Image<float>& a, const Image<float>& b, const Image<uint16_t>& light,
                    const Image<float>& expected, const NoiseProfile::Channel& noise) {
  const int columns = a.width(), rows = a.height();
  const auto scale = static_cast<float>(64 * noise.scale * kLinearScale);
  const auto offset = static_cast<float>(64 * noise.offset * kLinearScale * kLinearScale);
  const Image<float> squares = WindowSums(Map(columns, rows, [&](int h, int v) {
    const int x = std::min(kBlock * (h + 1), light.width() - 1);
    const int y = std::min(kBlock * (v + 1), light.height() - 1);
    const int here = light(light.dim(0).min() + x, light.dim(1).min() + y) - kLinearPedestal;
    const float difference = b(h, v) - a(h, v);
    return difference * difference / (scale * static_cast<float>(std::max(here, 0)) + offset);
  }));
  const auto inside = [](int i, int size) {
    return std::min(i + kReach, size - 1) - std::max(i - kReach - 1, 0) + 1;
  };
  const Image<float> traces = Map(columns, rows, [&](int h, int v) {
    const float mean = squares(h, v) / static_cast<float>(inside(h, columns) * inside(v, rows));
    return std::max(mean - expected(h, v) * (1 + kScatter), 0.F);
  });
  return Map(columns, rows, [&](int h, int v) { return LeastAround(traces, h, v); });
}

}  // namespace

CoarseShare::CoarseShare(const Image<uint16_t>& first)
    : weight_(FilledImage((first.width() + kBlock - 1) / kBlock,
                          (first.height() + kBlock - 1) / kBlock, 1.F)),
      noise_(weight_),
      first_(CoarseSums(first)),
      merged_(first_) {}

CoarseShare CoarseShare::With(const Image<uint16_t>& other, const Image<uint16_t>& fused) const {
  CoarseShare updated;
  updated.first_ = first_;
  updated.merged_ = CoarseSums(fused);
  const Image<float> gains = Gains(merged_, CoarseSums(other), updated.merged_);
  const int columns = weight_.width(), rows = weight_.height();
  updated.weight_ =
      Map(columns, rows, [&](int h, int v) { return (1 - gains(h, v)) * weight_(h, v); });
  updated.noise_ = Map(columns, rows, [&](int h, int v) {
    const float gain = gains(h, v);
    return (1 - gain) * (1 - gain) * noise_(h, v) + gain * gain;
  });
  return updated;
}

Image<float> CoarseShare::Of(const Image<uint16_t>& merged,
                             const NoiseProfile::Channel& noise) const {
  const int columns = weight_.width(), rows = weight_.height();
  const Image<float> expected = Map(columns, rows, [&](int h, int v) {
    return std::max(noise_(h, v) + 1 - 2 * weight_(h, v), 0.F);
  });
  const Image<float> traces = Traces(first_, merged_, merged, expected, noise);
  return Map(columns, rows,
             [&](int h, int v) { return std::min(noise_(h, v) + traces(h, v), kMostShare); });
}

Image<float> NextCoarseShare(const Image<float>& before, const Image<uint16_t>& base,
                             const Image<uint16_t>& warped, const Image<uint16_t>& fused,
                             const NoiseProfile::Channel& noise) {
  const int columns = before.width(), rows = before.height();
  const Image<float> now = CoarseSums(base), then = CoarseSums(warped);
  const Image<float> gains = Gains(now, then, CoarseSums(fused));
  const Image<float> expected = Map(columns, rows, [&](int h, int v) { return 1 + before(h, v); });
  const Image<float> traces = Traces(now, then, fused, expected, noise);
  return Map(columns, rows, [&](int h, int v) {
    const float past = gains(h, v), own = 1 - past;
    return own * own + past * past * (before(h, v) + traces(h, v));
  });
}

Image<float> MovedCoarseShare(const Image<float>& share, const MotionField& motion, double factor,
                              int width, int height) {
  Image<float> moved((width + kBlock - 1) / kBlock, (height + kBlock - 1) / kBlock);
  moved.for_each_element([&](int h, int v) {
    const int x = std::min(kBlock * h + kBlock / 2, width - 1);
    const int y = std::min(kBlock * v + kBlock / 2, height - 1);
    const Eigen::Vector2d to = Eigen::Vector2d(x, y) + motion.At(x, y);
    const bool is_inside =
        to.x() >= 0 && to.y() >= 0 && to.x() <= width - 1 && to.y() <= height - 1;
    moved(h, v) = 1;
    if (!is_inside) return;
    moved(h, v) = static_cast<float>(factor);
    if (share.data() != nullptr)
      moved(h, v) *= share(static_cast<int>(to.x()) / kBlock, static_cast<int>(to.y()) / kBlock);
  });
  return moved;
}

}  // namespace nightjar
