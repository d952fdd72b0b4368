// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/pair_geometry.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <vector>

namespace nightjar {
namespace {

constexpr int kRadius = 5, kSide = 2 * kRadius + 1, kPixels = kSide * kSide;
constexpr int kWidest = 240;     // px, of the coarsest pictures
constexpr int kAcross = 24;      // patches in a row and in a column of the picture
constexpr double kAlike = 0.85;  // correlation of a match,
constexpr double kOther = 0.1;   // and what another place must be worse by
constexpr int kAround = 2;       // px, looked for around a place that a coarser picture gave

// A picture less its mean, with what tells the mean and the energy of any patch at once.
class Layer {
 public:
  explicit Layer(Image<float> image)
      : image_(std::move(image)),
        stride_(static_cast<size_t>(image_.width()) + 1),
        sums_(stride_ * (static_cast<size_t>(image_.height()) + 1)),
        squares_(sums_.size()) {
    for (int y = 0; y < image_.height(); ++y) {
      double sum = 0, square = 0;
      for (int x = 0; x < image_.width(); ++x) {
        const double value = image_(x, y);
        sum += value;
        square += value * value;
        const size_t at = stride_ * static_cast<size_t>(y + 1) + static_cast<size_t>(x + 1);
        sums_[at] = sums_[at - stride_] + sum;
        squares_[at] = squares_[at - stride_] + square;
      }
    }
  }
  int width() const { return image_.width(); }
  int height() const { return image_.height(); }
  const float* Row(int x, int y) const { return &image_(x, y); }
  bool HoldsPatch(int x, int y) const {
    return x >= kRadius && y >= kRadius && x < width() - kRadius && y < height() - kRadius;
  }
  double Mean(int x, int y) const { return Box(sums_, x, y) / kPixels; }
  // Sum of squares about the mean.
  double Energy(int x, int y) const {
    const double sum = Box(sums_, x, y);
    return Box(squares_, x, y) - sum * sum / kPixels;
  }

 private:
  double Box(const std::vector<double>& table, int x, int y) const {
    const size_t top = stride_ * static_cast<size_t>(y - kRadius);
    const size_t bottom = top + stride_ * kSide;
    const size_t left = static_cast<size_t>(x - kRadius), right = left + kSide;
    return table[bottom + right] - table[bottom + left] - table[top + right] + table[top + left];
  }

  Image<float> image_;
  size_t stride_;
  std::vector<double> sums_, squares_;
};

// Of half the size each, down to kWidest.
std::vector<Layer> Layers(const Image<uint16_t>& picture) {
  Image<float> image(picture.width(), picture.height());
  double sum = 0;
  picture.for_each_value([&](uint16_t value) { sum += value; });
  const double mean = sum / static_cast<double>(picture.number_of_elements());
  image.for_each_element(
      [&](int x, int y) { image(x, y) = static_cast<float>(picture(x, y) - mean); });
  std::vector<Layer> layers;
  while (image.width() > kWidest && image.height() >= 8 * kSide) {
    Image<float> half(image.width() / 2, image.height() / 2);
    half.for_each_element([&](int x, int y) {
      half(x, y) = 0.25F * (image(2 * x, 2 * y) + image(2 * x + 1, 2 * y) +
                            image(2 * x, 2 * y + 1) + image(2 * x + 1, 2 * y + 1));
    });
    layers.emplace_back(std::move(image));
    image = std::move(half);
  }
  layers.emplace_back(std::move(image));
  return layers;
}

// Of differences between neighbours along columns: without any a patch does not tell its row.
double ColumnEnergy(const Layer& layer, int x, int y) {
  double energy = 0;
  for (int v = y - kRadius; v < y + kRadius; ++v) {
    const float *row = layer.Row(x - kRadius, v), *next = layer.Row(x - kRadius, v + 1);
    for (int i = 0; i < kSide; ++i) energy += (next[i] - row[i]) * (next[i] - row[i]);
  }
  return energy;
}

struct Range {
  int first, last;
};

// Correlations of a patch of one layer with those of another.
class Search {
 public:
  Search(const Layer& from, int x, int y, const Layer& in, Range columns, Range rows) {
    columns_ = {std::max(columns.first, kRadius), std::min(columns.last, in.width() - kRadius - 1)};
    rows_ = {std::max(rows.first, kRadius), std::min(rows.last, in.height() - kRadius - 1)};
    if (columns_.first > columns_.last || rows_.first > rows_.last) return;
    const int across = columns_.last - columns_.first + 1;
    values_.resize(static_cast<size_t>(across) * (rows_.last - rows_.first + 1));
    float patch[kPixels];
    const double mean = from.Mean(x, y), energy = from.Energy(x, y);
    for (int i = 0; i < kPixels; ++i) {
      patch[i] =
          static_cast<float>(from.Row(x - kRadius, y - kRadius + i / kSide)[i % kSide] - mean);
    }
    for (int v = rows_.first; v <= rows_.last; ++v) {
      float* out = &values_[static_cast<size_t>(across) * (v - rows_.first)];
      for (int i = 0; i < kPixels; ++i) {
        const float* row = in.Row(columns_.first - kRadius + i % kSide, v - kRadius + i / kSide);
        const float weight = patch[i];
        for (int u = 0; u < across; ++u) out[u] += weight * row[u];
      }
      for (int u = 0; u < across; ++u) {
        const double energies = energy * in.Energy(columns_.first + u, v);
        out[u] = energies > 1e-6 ? static_cast<float>(out[u] / std::sqrt(energies)) : -1.0F;
      }
    }
  }

  struct Place {
    int x = 0, y = 0;
    double correlation = -1;
  };
  Place Best() const {
    Place best;
    ForEach([&](int x, int y, double value) {
      if (value > best.correlation) best = {x, y, value};
    });
    return best;
  }
  // The best further away than 2 px.
  double Other(const Place& best) const {
    double other = -1;
    ForEach([&](int x, int y, double value) {
      if (std::max(std::abs(x - best.x), std::abs(y - best.y)) > 2) other = std::max(other, value);
    });
    return other;
  }
  // The vertex of the parabola through three rows.
  double FineRow(const Place& best) const {
    if (best.y <= rows_.first || best.y >= rows_.last) return best.y;
    const double above = At(best.x, best.y - 1), below = At(best.x, best.y + 1);
    const double bend = above + below - 2 * best.correlation;
    return bend < 0 ? best.y + 0.5 * (above - below) / bend : best.y;
  }

 private:
  double At(int x, int y) const {
    const int across = columns_.last - columns_.first + 1;
    return values_[static_cast<size_t>(across) * (y - rows_.first) + (x - columns_.first)];
  }
  template <typename F>
  void ForEach(F f) const {
    size_t i = 0;
    for (int y = rows_.first; y <= rows_.last && !values_.empty(); ++y) {
      for (int x = columns_.first; x <= columns_.last; ++x) f(x, y, values_[i++]);
    }
  }

  Range columns_ = {0, -1}, rows_ = {0, -1};
  std::vector<float> values_;
};

struct Found {
  double rows = 0;      // px of the finest pictures, downwards
  bool behind = false;  // further right
};

// A patch of the coarsest left layer in the right ones: rows as the finest layer tells them in
// which it is still found.
std::optional<Found> Find(const std::vector<Layer>& left, const std::vector<Layer>& right, int x,
                          int y, int reach_px) {
  size_t layer = left.size() - 1;
  double scale = static_cast<double>(int64_t{1} << layer);
  const int reach = static_cast<int>(reach_px / scale) + 1, rows = left[layer].height() / 4;
  const Search search(left[layer], x, y, right[layer], {x - reach, x + reach},
                      {y - rows, y + rows});
  Search::Place best = search.Best();
  if (best.correlation < kAlike || best.correlation - search.Other(best) < kOther) return {};
  Found found = {scale * (search.FineRow(best) - y), best.x - x >= 1};
  while (layer > 0) {
    --layer;
    scale /= 2;
    x *= 2, y *= 2;
    if (!left[layer].HoldsPatch(x, y)) break;
    const int u = 2 * best.x, v = 2 * best.y;
    const Search finer(left[layer], x, y, right[layer], {u - kAround, u + kAround},
                       {v - kAround - 1, v + kAround + 1});
    best = finer.Best();
    if (best.correlation < kAlike) break;
    found = {scale * (finer.FineRow(best) - y), scale * (best.x - x) > 1};
  }
  return found;
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

}  // namespace

PairGeometry ExaminePair(const Image<uint16_t>& left, const Image<uint16_t>& right, int reach_px) {
  PairGeometry geometry;
  if (left.width() < 64 || left.height() < 64) return geometry;
  const std::vector<Layer> lefts = Layers(left), rights = Layers(right);
  const Layer& coarsest = lefts.back();
  struct Candidate {
    double texture;
    int x, y;
  };
  std::vector<Candidate> candidates;
  for (int j = 0; j < kAcross; ++j) {
    for (int i = 0; i < kAcross; ++i) {
      const int x = kRadius + i * (coarsest.width() - 2 * kRadius - 1) / (kAcross - 1);
      const int y = kRadius + j * (coarsest.height() - 2 * kRadius - 1) / (kAcross - 1);
      candidates.push_back({ColumnEnergy(coarsest, x, y), x, y});
    }
  }
  // The better third: the others would tell little.
  std::ranges::sort(candidates, [](const auto& a, const auto& b) { return a.texture > b.texture; });
  candidates.resize(candidates.size() / 3);
  std::vector<double> rows, errors;
  int behind = 0;
  for (const Candidate& candidate : candidates) {
    const auto found = Find(lefts, rights, candidate.x, candidate.y, reach_px);
    if (!found) continue;
    rows.push_back(found->rows);
    errors.push_back(std::abs(found->rows));
    behind += found->behind;
  }
  geometry.patches = static_cast<int>(rows.size());
  if (rows.empty()) return geometry;
  geometry.row_offset = Median(rows);
  geometry.row_error = Median(errors);
  geometry.share_behind = static_cast<double>(behind) / geometry.patches;
  return geometry;
}

}  // namespace nightjar
