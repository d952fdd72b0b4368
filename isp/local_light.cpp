// SPDX-License-Identifier: Apache-2.0
#include "isp/local_light.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "isp/linear_frame.h"

namespace nightjar {
namespace {

constexpr int kTilesPerBlock = kLightBlock / 2;
constexpr int kSigmaRows = 4;
constexpr int kRadius = 2;                                 // blocks, of each of the two means
constexpr float kContrast = 0.075F;                        // of the fourth root, share of its mean
constexpr float kLeastVariance = 1e-9F;                    // no division by 0 in black
constexpr double kLuminance[] = {0.2126, 0.7152, 0.0722};  // of sRGB's primaries

using Plane = Image<float>;

/// Sums over the tiles of each block: fourth and square root of Y, variance of Y; the last block of
/// a row or column has what is left over.
struct Sums {
  Sums(int columns, int rows)
      : root(FilledImage(columns, rows, 0.F)),
        square(FilledImage(columns, rows, 0.F)),
        variance(FilledImage(columns, rows, 0.F)) {}
  Plane root, square, variance;
};

/// A row of tiles, added to its row of blocks.
class TileRows {
 public:
  TileRows(const DenoisedFrame& frame, const TileLuminance& luminance,
           const std::array<double, 3>& vignetting)
      : linear_(frame.linear), sigma_(frame.sigma) {
    for (size_t p = 0; p < 4; ++p) {
      gain_[p] = static_cast<float>(luminance.gain[p] / kLinearScale);
      weight_[p] = static_cast<float>(luminance.weight[p]);
      noise_[p] = static_cast<float>(luminance.noise[p]);
    }
    for (size_t i = 0; i < 3; ++i) vignetting_[i] = static_cast<float>(vignetting[i]);
    const int w = linear_.width() - 1, h = linear_.height() - 1;
    per_corner_ = 1.F / static_cast<float>(w * w + h * h);
    line_.resize(static_cast<size_t>(linear_.width() / 2));
  }

  void Add(int row, Sums& sums) {
    const int blocks = sums.root.width();
    const int block_row = std::min(row / kTilesPerBlock, sums.root.height() - 1);
    Luminance(row);
    for (float& light : line_) light = std::sqrt(light);
    AddTo(sums.square, blocks, block_row);
    for (float& root : line_) root = std::sqrt(root);
    AddTo(sums.root, blocks, block_row);
    // sigma is smooth: one row of tiles in four tells it.
    if (sigma_.data() == nullptr || row % kSigmaRows != 0) return;
    Variance(row);
    AddTo(sums.variance, blocks, block_row);
  }

 private:
  void AddTo(Plane& plane, int blocks, int block_row) const {
    for (int block = 0; block < blocks; ++block) {
      const auto first = static_cast<size_t>(block * kTilesPerBlock);
      const size_t end = block + 1 < blocks ? first + kTilesPerBlock : line_.size();
      float sum = 0;
      for (size_t t = first; t < end; ++t) sum += line_[t];
      plane(block, block_row) += sum;
    }
  }

  /// Of the lens, in the middle of a tile.
  float Shading(int column, int row) const {
    const auto u = static_cast<float>(4 * column + 1 - (linear_.width() - 1));
    const auto v = static_cast<float>(4 * row + 1 - (linear_.height() - 1));
    const float r2 = (u * u + v * v) * per_corner_;
    return 1.F + r2 * (vignetting_[0] + r2 * (vignetting_[1] + r2 * vignetting_[2]));
  }

  void Luminance(int row) {
    const uint16_t* above = &linear_(0, 2 * row);
    const uint16_t* below = &linear_(0, 2 * row + 1);
    for (size_t t = 0; t < line_.size(); ++t) {
      const float shading = Shading(static_cast<int>(t), row);
      const auto part = [&](uint16_t value, size_t p) {
        const float x = static_cast<float>(value - kLinearPedestal) * (gain_[p] * shading);
        return weight_[p] * std::min(x, 1.F);
      };
      const float light = (part(above[2 * t], 0) + part(above[2 * t + 1], 1)) +
                          (part(below[2 * t], 2) + part(below[2 * t + 1], 3));
      line_[t] = std::clamp(light, 0.F, 1.F);
    }
  }

  void Variance(int row) {
    const float* above = &sigma_(0, 2 * row);
    const float* below = &sigma_(0, 2 * row + 1);
    for (size_t t = 0; t < line_.size(); ++t) {
      const float shading = Shading(static_cast<int>(t), row);
      const auto part = [&](float sigma, size_t p) { return noise_[p] * (sigma * sigma); };
      line_[t] = ((part(above[2 * t], 0) + part(above[2 * t + 1], 1)) +
                  (part(below[2 * t], 2) + part(below[2 * t + 1], 3))) *
                 (shading * shading);
    }
  }

  const Image<uint16_t>& linear_;
  const Image<float>& sigma_;
  std::array<float, 4> gain_, weight_, noise_;
  std::array<float, 3> vignetting_;
  float per_corner_ = 1;
  std::vector<float> line_;
};

/// Mean over (2 kRadius + 1)^2 blocks, of those that there are.
Plane BoxMean(const Plane& plane) {
  Plane mean(plane.width(), plane.height());
  for (int y = 0; y < plane.height(); ++y) {
    for (int x = 0; x < plane.width(); ++x) {
      float sum = 0;
      int count = 0;
      for (int v = std::max(y - kRadius, 0); v <= std::min(y + kRadius, plane.height() - 1); ++v) {
        for (int h = std::max(x - kRadius, 0); h <= std::min(x + kRadius, plane.width() - 1); ++h) {
          sum += plane(h, v);
          ++count;
        }
      }
      mean(x, y) = sum / static_cast<float>(count);
    }
  }
  return mean;
}

/// Along a side of `size` pixels.
int NodesOf(int size) { return (size - 1 + kLightBlock / 2) / kLightBlock + 2; }

/// With a border of one block, as at the edge.
void Put(const Plane& plane, int k, PlanarImage<float>& nodes) {
  for (int j = 0; j < nodes.height(); ++j) {
    for (int i = 0; i < nodes.width(); ++i)
      nodes(i, j, k) =
          plane(std::clamp(i - 1, 0, plane.width() - 1), std::clamp(j - 1, 0, plane.height() - 1));
  }
}

}  // namespace

TileLuminance LuminanceOf(ColourFilter filter, const std::array<double, 3>& white_balance,
                          const std::array<double, 9>& matrix) {
  TileLuminance luminance;
  const PerPlace<int> colours = TileColours(filter);
  for (size_t p = 0; p < 4; ++p) {
    const auto colour = static_cast<size_t>(colours[p]);
    double weight = 0;
    for (size_t row = 0; row < 3; ++row) weight += kLuminance[row] * matrix[3 * row + colour];
    luminance.weight[p] = colour == 1 ? 0.5 * weight : weight;
    luminance.gain[p] = white_balance[colour];
    luminance.noise[p] = std::pow(luminance.weight[p] * luminance.gain[p], 2);
  }
  return luminance;
}

PlanarImage<float> LocalLight(const DenoisedFrame& frame, const TileLuminance& luminance,
                              const std::array<double, 3>& vignetting) {
  const int width = frame.linear.width(), height = frame.linear.height();
  Sums sums(width / kLightBlock, height / kLightBlock);
  TileRows rows(frame, luminance, vignetting);
  for (int row = 0; row < height / 2; ++row) rows.Add(row, sums);
  const auto tiles = [](int block, int blocks, int size) {
    return block + 1 < blocks ? kTilesPerBlock : size / 2 - block * kTilesPerBlock;
  };
  for (int y = 0; y < sums.root.height(); ++y) {
    for (int x = 0; x < sums.root.width(); ++x) {
      const float per_tile = 1.F / static_cast<float>(tiles(x, sums.root.width(), width) *
                                                      tiles(y, sums.root.height(), height));
      sums.root(x, y) *= per_tile;
      sums.square(x, y) *= per_tile;
      const int tile_rows = tiles(y, sums.root.height(), height);
      sums.variance(x, y) *= per_tile * static_cast<float>(tile_rows) /
                             static_cast<float>((tile_rows + kSigmaRows - 1) / kSigmaRows);
    }
  }
  const Plane mean = BoxMean(sums.root), square = BoxMean(sums.square);
  Plane a(mean.width(), mean.height()), b(mean.width(), mean.height());
  a.for_each_element([&](int x, int y) {
    const float m2 = mean(x, y) * mean(x, y);
    const float variance = std::max(square(x, y) - m2, 0.F);
    a(x, y) = variance / (variance + (kContrast * kContrast * m2 + kLeastVariance));
    b(x, y) = mean(x, y) * (1.F - a(x, y));
  });
  PlanarImage<float> nodes(NodesOf(width), NodesOf(height), 3);
  Put(BoxMean(a), 0, nodes);
  Put(BoxMean(b), 1, nodes);
  Put(sums.variance, 2, nodes);
  return nodes;
}

}  // namespace nightjar
