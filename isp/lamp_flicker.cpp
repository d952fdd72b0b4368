// SPDX-License-Identifier: Apache-2.0
#include "isp/lamp_flicker.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "isp/linear_frame.h"

namespace nightjar {
namespace {

/// The level whose 4 x 4 pixels are a tile's 16 x 16.
constexpr int kLevel = 2;
constexpr int kSide = MotionField::kTile >> kLevel;

/// Means below this many times their noise say nothing of a ratio.
constexpr double kLeastSignal = 4;
/// Fewer tiles have no median to speak of.
constexpr size_t kLeastTiles = 8;
constexpr double kMostBrightness = 4;
/// Mean squared difference from 1, in units of its variance, from which on there is one.
constexpr double kSignificance = 4;
/// Light at which the noise of a frame that is brightened is compared, share of white.
constexpr double kLight = 0.1;

/// A ratio of means, and how far it is known; of a tile or of several.
struct Ratio {
  double value = 1;
  double variance = std::numeric_limits<double>::infinity();
};

/// Sum of a tile's pixels from (x, y) on, each above black.
double Light(const Image<int16_t>& level, int x, int y, double black) {
  int sum = 0;
  for (int v = 0; v < kSide; ++v)
    for (int u = 0; u < kSide; ++u) sum += level(x + u, y + v);
  return sum - kSide * kSide * black;
}

/// The value that half of the weights, 1 / sigma each, lie below.
double Median(std::vector<Ratio>& ratios) {
  std::sort(ratios.begin(), ratios.end(),
            [](const Ratio& a, const Ratio& b) { return a.value < b.value; });
  double total = 0, below = 0;
  for (const Ratio& ratio : ratios) total += 1 / std::sqrt(ratio.variance);
  for (const Ratio& ratio : ratios) {
    below += 1 / std::sqrt(ratio.variance);
    if (2 * below >= total) return ratio.value;
  }
  return 1;
}

/// The median of tiles, known as well as they agree, and not better than each of them is known.
Ratio MedianRatio(std::vector<Ratio> tiles) {
  if (tiles.size() < kLeastTiles) return {};
  const double median = Median(tiles);
  double information = 0;
  for (const Ratio& tile : tiles) information += 1 / tile.variance;
  const auto count = static_cast<double>(tiles.size());
  for (Ratio& tile : tiles) tile.value = std::abs(tile.value - median);
  constexpr double kSigmaOfMad = 1.4826, kMedianOfMean = 1.2533;
  const double by_scatter = kSigmaOfMad * Median(tiles) / std::sqrt(count);
  const double sigma = kMedianOfMean * std::max(by_scatter, 1 / std::sqrt(information));
  return {std::clamp(median, 1 / kMostBrightness, kMostBrightness), sigma * sigma};
}

/// Of the tiles of one row.
std::vector<Ratio> RatiosOfRow(const Image<int16_t>& reference, const Image<int16_t>& other,
                               const PyramidNoise& noise, const MotionField& motion, int row) {
  std::vector<Ratio> ratios;
  const double range = noise.white - noise.black, pixels = kSide * kSide;
  const auto is_inside = [&](int x, int y) {
    return x >= 0 && y >= 0 && x + kSide <= reference.width() && y + kSide <= reference.height();
  };
  // Relative variance of a sum of light: what 256 pixels of the frame have.
  const auto variance = [&](double light, double share) {
    const double x = light / pixels / range;
    return share * (noise.scale * std::max(x, 0.0) + noise.offset) /
           (MotionField::kTile * MotionField::kTile * x * x);
  };
  for (int column = 0; column < motion.columns(); ++column) {
    const int x = kSide * column, y = kSide * row;
    const Eigen::Vector2d moved = motion.Node(column, row) / (1 << kLevel);
    if (!(moved.cwiseAbs().maxCoeff() < reference.width())) continue;  // or not a number
    const int u = x + static_cast<int>(std::lround(moved.x()));
    const int v = y + static_cast<int>(std::lround(moved.y()));
    if (!is_inside(x, y) || !is_inside(u, v)) continue;
    const double here = Light(reference, x, y, noise.black),
                 there = Light(other, u, v, noise.black);
    if (!(here > 0 && there > 0)) continue;
    const double of_here = variance(here, noise.reference_share);
    const double of_there = variance(there, noise.other_share);
    constexpr double kMost = 1 / (kLeastSignal * kLeastSignal);
    if (!(of_here < kMost && of_there < kMost)) continue;
    constexpr double kScene = 0.02;  // sigma of what a motion that is a little wrong adds
    ratios.push_back({here / there, of_here + of_there + kScene * kScene});
  }
  return ratios;
}

}  // namespace

std::vector<double> BrightnessOfRows(const TrackingPyramid& reference, const TrackingPyramid& other,
                                     const PyramidNoise& noise, const MotionField& motion,
                                     bool by_row) {
  std::vector<Ratio> rows, all;
  for (int row = 0; row < motion.rows(); ++row) {
    const std::vector<Ratio> tiles = RatiosOfRow(
        reference.levels[kLevel].intensity, other.levels[kLevel].intensity, noise, motion, row);
    rows.push_back(MedianRatio(tiles));
    all.insert(all.end(), tiles.begin(), tiles.end());
  }
  const Ratio whole = MedianRatio(all);
  std::vector<double> brightness;
  double significance = 0;
  for (size_t row = 0; row < rows.size(); ++row) {
    const Ratio& ratio = by_row && !std::isinf(rows[row].variance) ? rows[row] : whole;
    brightness.push_back(ratio.value);
    significance += (ratio.value - 1) * (ratio.value - 1) / ratio.variance;
  }
  if (!(significance > kSignificance * static_cast<double>(rows.size())))
    std::fill(brightness.begin(), brightness.end(), 1.0);
  return brightness;
}

void Brighten(const std::vector<double>& brightness, const MotionField& motion,
              const NoiseProfile::Channel& noise, FusedFrame& other) {
  double down = 0;  // px, from a row of the reference to that of `other`
  for (int r = 0; r < motion.rows(); ++r)
    for (int c = 0; c < motion.columns(); ++c) down += motion.Node(c, r).y();
  down /= motion.rows() * motion.columns();
  const auto at = [&](double y) {
    const double last = static_cast<double>(brightness.size()) - 1;
    const double row =
        std::clamp((y - down - MotionField::kTileCentre) / MotionField::kTile, 0.0, last);
    const auto above = static_cast<size_t>(row);
    const size_t below = std::min(above + 1, brightness.size() - 1);
    const double t = row - static_cast<double>(above);
    return (1 - t) * brightness[above] + t * brightness[below];
  };
  const auto variance = [&](double x) { return noise.scale * x + noise.offset; };
  for (int y = 0; y < other.linear.height(); ++y) {
    const auto gain = static_cast<float>(at(y));
    for (int x = 0; x < other.linear.width(); ++x) {
      const float light = static_cast<float>(other.linear(x, y) - kLinearPedestal) * gain;
      other.linear(x, y) = static_cast<uint16_t>(
          std::clamp(light + (static_cast<float>(kLinearPedestal) + 0.5F), 0.F, 65535.F));
    }
  }
  for (Image<float>* shares : {&other.remaining, &other.coarse}) {
    if (shares->data() == nullptr) continue;
    // Blocks of 4 x 4 pixels, or one for all.
    const double block = static_cast<double>(other.linear.height()) / shares->height();
    for (int v = 0; v < shares->height(); ++v) {
      const double gain = at((v + 0.5) * block);
      const auto more =
          static_cast<float>(gain * gain * variance(kLight / gain) / variance(kLight));
      for (int h = 0; h < shares->width(); ++h) (*shares)(h, v) *= more;
    }
  }
}

}  // namespace nightjar
