// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/level_statistics.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/check.h"

namespace nightjar {
namespace {

constexpr double kOutlierSigmas = 6;  // of the normal distribution: 2 in 10^9
constexpr int kMostClippings = 20;

// Of chi square over its degrees of freedom, what it is below with a probability of that of a
// normal number below `sigmas`: E. B. Wilson, M. M. Hilferty, PNAS 17 (1931).
double ChiSquareQuantile(int degrees_of_freedom, double sigmas) {
  const double share = 2 / (9.0 * degrees_of_freedom);
  const double root = 1 - share + sigmas * std::sqrt(share);
  return root * root * root;
}

// The mean of squares (sample variances with so many degrees of freedom) without those above
// `limit` times it; from the median on, so that many outliers cannot hide each other. `least`: the
// smallest answer.
double ClippedMean(std::vector<double> squares, int degrees_of_freedom, double limit,
                   double least) {
  if (squares.empty()) return least;
  const auto middle = squares.begin() + static_cast<std::ptrdiff_t>(squares.size() / 2);
  std::nth_element(squares.begin(), middle, squares.end());
  double mean = std::max(*middle / ChiSquareQuantile(degrees_of_freedom, 0), least);
  for (int i = 0; i < kMostClippings; ++i) {
    double sum = 0, count = 0;
    for (const double square : squares) {
      if (square > limit * mean) continue;
      sum += square;
      count += 1;
    }
    const double next = std::max(sum / count, least);
    if (next == mean) break;
    mean = next;
  }
  return mean;
}

}  // namespace

LevelGatherer::LevelGatherer(int width, int height, ChannelLayout layout,
                             std::vector<double> black_dn)
    : width_(width), height_(height), layout_(layout), black_dn_(std::move(black_dn)) {
  NIGHTJAR_CHECK(black_dn_.empty() || black_dn_.size() == ChannelCount(layout),
                 "one black level per channel");
  pixels_.resize(static_cast<size_t>(width) * static_cast<size_t>(height));
}

size_t LevelGatherer::ChannelOf(int x, int y) const {
  return layout_ == ChannelLayout::kOne ? 0 : static_cast<size_t>(2 * (y & 1) + (x & 1));
}

const LevelGatherer::Pixel& LevelGatherer::At(int x, int y) const {
  return pixels_[static_cast<size_t>(y) * static_cast<size_t>(width_) + static_cast<size_t>(x)];
}

std::array<double, 4> LevelGatherer::ChannelMeans(const Image<uint16_t>& frame) const {
  std::array<double, 4> sums = {}, counts = {};
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) {
      sums[ChannelOf(x, y)] += frame(x, y);
      counts[ChannelOf(x, y)] += 1;
    }
  }
  for (size_t c = 0; c < 4; ++c) sums[c] /= std::max(counts[c], 1.0);
  return sums;
}

// What a frame's signal has to be multiplied by to be as bright as the first one's. A change of
// more than a tenth is none of the light's: it is reported, not corrected.
double LevelGatherer::Scale(size_t channel, double mean_dn) const {
  if (black_dn_.empty()) return 1;
  const double first = first_mean_dn_[channel] - black_dn_[channel];
  const double signal = mean_dn - black_dn_[channel];
  constexpr double kLeastSignalDn = 10;
  if (signal < kLeastSignalDn || first < 0.9 * signal || first > 1.1 * signal) return 1;
  return first / signal;
}

void LevelGatherer::Add(const Image<uint16_t>& frame) {
  NIGHTJAR_CHECK(frame.width() == width_ && frame.height() == height_, "a frame of another size");
  const std::array<double, 4> means = ChannelMeans(frame);
  if (frames_ == 0) first_mean_dn_ = means;
  std::array<double, 4> scales = {};
  for (size_t c = 0; c < ChannelCount(layout_); ++c) {
    scales[c] = Scale(c, means[c]);
    const double black = black_dn_.empty() ? 0 : black_dn_[c];
    // A sample that is multiplied by s has s^2 times the variance, which on the line of shot noise
    // is that of s^2 times the signal.
    weighted_mean_[c] += scales[c] * scales[c] * (means[c] - black);
    const double signal = std::max(first_mean_dn_[c] - black, 1.0);
    brightness_change_ =
        std::max(brightness_change_, std::abs(means[c] - first_mean_dn_[c]) / signal);
  }
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x) {
      const size_t c = ChannelOf(x, y);
      const uint16_t dn = frame(x, y);
      Pixel& pixel =
          pixels_[static_cast<size_t>(y) * static_cast<size_t>(width_) + static_cast<size_t>(x)];
      if (frames_ == 0) pixel.first = dn;
      const double change = scales[c] * (dn - means[c]) - (pixel.first - first_mean_dn_[c]);
      pixel.change += static_cast<float>(change);
      pixel.squared_change += static_cast<float>(change * change);
      pixel.largest = std::max(pixel.largest, dn);
      pixel.smallest = std::min(pixel.smallest, dn);
    }
  }
  ++frames_;
}

double LevelGatherer::Variance(const Pixel& pixel) const {
  const auto change = static_cast<double>(pixel.change);
  const auto squares = static_cast<double>(pixel.squared_change);
  return std::max(squares - change * change / frames_, 0.0) / (frames_ - 1);
}

// The mean of a pixel over the frames, relative to the channel's.
double LevelGatherer::PatternAt(int x, int y) const {
  const Pixel& pixel = At(x, y);
  return pixel.first - first_mean_dn_[ChannelOf(x, y)] +
         static_cast<double>(pixel.change) / frames_;
}

// The median of PatternAt over the neighbours of the same channel.
double LevelGatherer::NeighboursPattern(int x, int y) const {
  const int step = layout_ == ChannelLayout::kOne ? 1 : 2;
  std::array<double, 8> sorted = {};
  size_t count = 0;
  for (int v = y - step; v <= y + step; v += step) {
    for (int u = x - step; u <= x + step; u += step) {
      const bool inside = u >= 0 && v >= 0 && u < width_ && v < height_;
      if (!inside || (u == x && v == y)) continue;
      const double value = PatternAt(u, v);
      size_t place = count++;
      for (; place > 0 && sorted[place - 1] > value; --place) sorted[place] = sorted[place - 1];
      sorted[place] = value;
    }
  }
  if (count == 0) return PatternAt(x, y);
  return (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

template <typename Visit>
void LevelGatherer::ForEachPixel(size_t channel, const Visit& visit) const {
  size_t i = 0;
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x, ++i) {
      if (ChannelOf(x, y) == channel) visit(x, y, i);
    }
  }
}

void LevelGatherer::FlagPattern(size_t channel, std::vector<uint8_t>& flags) const {
  std::vector<double> squares;
  ForEachPixel(channel, [&](int x, int y, size_t) {
    const double residual = PatternAt(x, y) - NeighboursPattern(x, y);
    squares.push_back(residual * residual);
  });
  constexpr double kLimit = kOutlierSigmas * kOutlierSigmas;
  constexpr double kLeast = 1.0 / 12;  // DN^2: less is rounding
  const double limit = kLimit * ClippedMean(squares, 1, kLimit, kLeast);
  size_t k = 0;
  ForEachPixel(channel, [&](int, int, size_t i) {
    if (squares[k++] > limit) flags[i] = 1 + static_cast<uint8_t>(OutlyingPixel::Kind::kPattern);
  });
}

void LevelGatherer::FlagUnstable(size_t channel, std::vector<uint8_t>& flags) const {
  std::vector<double> variances;
  ForEachPixel(channel, [&](int, int, size_t i) {
    if (flags[i] == 0) variances.push_back(Variance(pixels_[i]));
  });
  // Long stacks would tell pixels apart that only have more light than others.
  constexpr double kLeastRatio = 9;
  const double ratio = std::max(ChiSquareQuantile(frames_ - 1, kOutlierSigmas), kLeastRatio);
  constexpr double kLeast = 1.0 / 12;  // DN^2
  const double limit = ratio * ClippedMean(std::move(variances), frames_ - 1, ratio, kLeast);
  ForEachPixel(channel, [&](int, int, size_t i) {
    if (flags[i] == 0 && Variance(pixels_[i]) > limit)
      flags[i] = 1 + static_cast<uint8_t>(OutlyingPixel::Kind::kUnstable);
  });
}

std::vector<uint8_t> LevelGatherer::FindOutliers() const {
  std::vector<uint8_t> flags(pixels_.size(), 0);
  for (size_t c = 0; c < ChannelCount(layout_); ++c) {
    FlagPattern(c, flags);
    FlagUnstable(c, flags);
  }
  return flags;
}

ChannelStatistics LevelGatherer::Summarise(size_t channel,
                                           const std::vector<uint8_t>& flags) const {
  ChannelStatistics statistics;
  statistics.smallest_dn = 65535;
  double pattern = 0, squared_pattern = 0, variance = 0;
  ForEachPixel(channel, [&](int x, int y, size_t i) {
    if (flags[i] != 0) return;
    const double relative = PatternAt(x, y);
    ++statistics.pixels;
    pattern += relative;
    squared_pattern += relative * relative;
    variance += Variance(pixels_[i]);
    statistics.largest_dn = std::max<int>(statistics.largest_dn, pixels_[i].largest);
    statistics.smallest_dn = std::min<int>(statistics.smallest_dn, pixels_[i].smallest);
  });
  if (statistics.pixels == 0) return statistics;
  const auto count = static_cast<double>(statistics.pixels);
  ForEachPixel(channel, [&](int, int, size_t i) {
    if (flags[i] != 0) return;
    const double samples = count * frames_;
    // A pixel that reached an end once is counted as having done so in one frame.
    if (pixels_[i].largest == statistics.largest_dn) statistics.share_at_largest += 1 / samples;
    if (pixels_[i].smallest == statistics.smallest_dn) statistics.share_at_smallest += 1 / samples;
  });
  const double black = black_dn_.empty() ? 0 : black_dn_[channel];
  statistics.mean_dn = black + weighted_mean_[channel] / frames_ + pattern / count;
  statistics.variance_dn2 = variance / count;
  const double spread = squared_pattern / count - (pattern / count) * (pattern / count);
  statistics.fixed_dn2 = spread - statistics.variance_dn2 / frames_;
  return statistics;
}

LevelStatistics LevelGatherer::Finish() const {
  NIGHTJAR_CHECK(frames_ >= 2, "noise takes two frames");
  const std::vector<uint8_t> flags = FindOutliers();
  LevelStatistics statistics;
  statistics.frames = frames_;
  statistics.brightness_change = brightness_change_;
  double unstable = 0;
  size_t i = 0;
  for (int y = 0; y < height_; ++y) {
    for (int x = 0; x < width_; ++x, ++i) {
      if (flags[i] == 0) continue;
      const auto kind = static_cast<OutlyingPixel::Kind>(flags[i] - 1);
      if (kind == OutlyingPixel::Kind::kUnstable) unstable += 1;
      statistics.outliers.push_back({x, y, kind});
    }
  }
  statistics.unstable_share = unstable / static_cast<double>(flags.size());
  for (size_t c = 0; c < ChannelCount(layout_); ++c)
    statistics.channels.push_back(Summarise(c, flags));
  return statistics;
}

}  // namespace nightjar
