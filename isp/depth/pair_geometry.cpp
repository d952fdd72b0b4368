// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/pair_geometry.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <vector>

namespace nightjar {
namespace {

constexpr int kRadius = 5, kSide = 2 * kRadius + 1, kPixels = kSide * kSide;
constexpr int kRows = 12;        // px, looked for up and down
constexpr int kAcross = 24;      // patches in a row and in a column of the picture
constexpr double kAlike = 0.85;  // correlation of a match,
constexpr double kOther = 0.1;   // and what another place must be worse by

struct Patch {
  float values[kPixels];
  float energy = 0;  // sum of squares about the mean
};

Patch Take(const Image<uint16_t>& image, int x, int y) {
  Patch patch;
  float sum = 0;
  for (int j = 0, i = 0; j < kSide; ++j) {
    const uint16_t* row = &image(x - kRadius, y - kRadius + j);
    for (int k = 0; k < kSide; ++k, ++i) sum += patch.values[i] = static_cast<float>(row[k]);
  }
  for (float& value : patch.values) {
    value -= sum / kPixels;
    patch.energy += value * value;
  }
  return patch;
}

// Of differences between neighbours along columns: without any a patch does not tell its row.
float ColumnEnergy(const Patch& patch) {
  float energy = 0;
  for (int i = kSide; i < kPixels; ++i) {
    const float step = patch.values[i] - patch.values[i - kSide];
    energy += step * step;
  }
  return energy;
}

struct Found {
  double correlation = -1;
  int dx = 0, dy = 0;
};

// The best place, and the best further away than 2 px.
void Search(const Patch& patch, const Image<uint16_t>& image, int x, int y, int reach, Found& best,
            Found& other) {
  std::vector<Found> all;
  for (int dy = -kRows; dy <= kRows; ++dy) {
    for (int dx = -reach; dx <= reach; ++dx) {
      const int at_x = x + dx, at_y = y + dy;
      if (at_x < kRadius || at_y < kRadius || at_x >= image.width() - kRadius ||
          at_y >= image.height() - kRadius)
        continue;
      const Patch candidate = Take(image, at_x, at_y);
      float product = 0;
      for (int i = 0; i < kPixels; ++i) product += patch.values[i] * candidate.values[i];
      const float energies = patch.energy * candidate.energy;
      if (energies > 0) all.push_back({product / std::sqrt(energies), dx, dy});
    }
  }
  for (const Found& found : all) {
    if (found.correlation > best.correlation) best = found;
  }
  for (const Found& found : all) {
    if (std::max(std::abs(found.dx - best.dx), std::abs(found.dy - best.dy)) > 2 &&
        found.correlation > other.correlation)
      other = found;
  }
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

}  // namespace

PairGeometry ExaminePair(const Image<uint16_t>& left, const Image<uint16_t>& right, int reach_px) {
  PairGeometry geometry;
  const int width = left.width(), height = left.height(), margin = kRadius + kRows;
  if (width < 64 || height < 64) return geometry;
  struct Candidate {
    float texture;
    int x, y;
  };
  std::vector<Candidate> candidates;
  for (int j = 0; j < kAcross; ++j) {
    for (int i = 0; i < kAcross; ++i) {
      const int x = margin + i * (width - 2 * margin - 1) / (kAcross - 1);
      const int y = margin + j * (height - 2 * margin - 1) / (kAcross - 1);
      candidates.push_back({ColumnEnergy(Take(left, x, y)), x, y});
    }
  }
  // The better third: the others would tell little.
  std::ranges::sort(candidates, [](const auto& a, const auto& b) { return a.texture > b.texture; });
  candidates.resize(candidates.size() / 3);
  std::vector<double> rows, errors;
  int behind = 0;
  for (const Candidate& candidate : candidates) {
    const Patch patch = Take(left, candidate.x, candidate.y);
    Found best, other;
    Search(patch, right, candidate.x, candidate.y, reach_px, best, other);
    if (best.correlation < kAlike || best.correlation - other.correlation < kOther) continue;
    rows.push_back(best.dy);
    errors.push_back(std::abs(best.dy));
    behind += best.dx > 1;
  }
  geometry.patches = static_cast<int>(rows.size());
  if (rows.empty()) return geometry;
  geometry.row_offset = Median(rows);
  geometry.row_error = Median(errors);
  geometry.share_behind = static_cast<double>(behind) / geometry.patches;
  return geometry;
}

}  // namespace nightjar
