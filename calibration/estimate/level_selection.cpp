// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/level_selection.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace nightjar {
namespace {

constexpr double kClippedShare = 1e-4;   // lowers the variance by less than 3e-4 of it
constexpr double kUnstableShare = 0.01;  // of the pixels
constexpr double kCollapse = 0.8;        // of the expected variance
// Of a level that is saturated everywhere next to nothing is left of the noise.
constexpr double kVanished = 0.05;

const ChannelStatistics& Of(const PhotonTransferLevel& level, size_t channel) {
  return level.statistics.channels[channel];
}

bool IsLargestCode(int dn) {
  for (const int bits : {8, 10, 12, 14, 16})
    if (dn == (1 << bits) - 1) return true;
  return false;
}

// Where samples cannot be larger, as far as it is known before any line is fitted.
std::optional<int> KnownCeiling(std::span<const PhotonTransferLevel> levels, size_t channel,
                                const PhotonTransferOptions& options) {
  int largest = 0;
  for (const PhotonTransferLevel& level : levels)
    largest = std::max(largest, Of(level, channel).largest_dn);
  if (options.white_level_dn) return options.white_level_dn;
  if (options.largest_code_dn) return options.largest_code_dn;
  if (IsLargestCode(largest)) return largest;
  return std::nullopt;
}

bool IsClippedAt(const ChannelStatistics& statistics, int ceiling) {
  return statistics.largest_dn >= ceiling && statistics.share_at_largest > kClippedShare;
}

LevelUse FirstUse(const PhotonTransferLevel& level, size_t channel, std::optional<int> ceiling) {
  const ChannelStatistics& statistics = Of(level, channel);
  if (level.statistics.unstable_share > kUnstableShare) return LevelUse::kNotStatic;
  if (ceiling && IsClippedAt(statistics, *ceiling)) return LevelUse::kSaturated;
  if (statistics.smallest_dn == 0 && statistics.share_at_smallest > kClippedShare)
    return LevelUse::kBlackClipped;
  if (statistics.variance_dn2 < kLeastVarianceDn2) return LevelUse::kBelowQuantisation;
  return LevelUse::kUsed;
}

// The fraction of the expected variance that a level has, when that is significantly less than
// kCollapse of it; else 1.
double RemainingVariance(const NoisePoint& point, std::span<const NoisePoint> fainter) {
  const std::optional<NoiseLine> line = FitNoiseLine(fainter);
  if (!line) return 1;
  const double expected = line->Expected(point.signal_dn);
  const double scale = line->line.fit.SigmaScale();
  const double variance =
      scale * scale * line->line.Variance(point.signal_dn) + VarianceOfPoint(point, *line);
  constexpr double kSigmas = 5;
  if (point.variance_dn2 > kCollapse * expected - kSigmas * std::sqrt(variance)) return 1;
  return std::max(point.variance_dn2, 0.0) / expected;
}

}  // namespace

NoisePoint PointOf(const PhotonTransferLevel& level, size_t channel, double black_dn) {
  const ChannelStatistics& statistics = Of(level, channel);
  return {statistics.mean_dn - black_dn, statistics.variance_dn2,
          static_cast<double>(statistics.pixels), level.statistics.frames};
}

std::vector<LevelUse> SelectLevels(std::span<const PhotonTransferLevel> levels, size_t channel,
                                   const PhotonTransferOptions& options) {
  std::vector<LevelUse> uses;
  std::optional<int> ceiling = KnownCeiling(levels, channel, options);
  for (const PhotonTransferLevel& level : levels) uses.push_back(FirstUse(level, channel, ceiling));
  std::vector<size_t> order(levels.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return Of(levels[a], channel).mean_dn < Of(levels[b], channel).mean_dn;
  });
  // From the faintest up: what is saturated must not have a say in what is expected of it.
  std::vector<NoisePoint> fainter;
  bool is_collapsed = false;
  for (const size_t i : order) {
    const bool is_open = uses[i] == LevelUse::kUsed || uses[i] == LevelUse::kBelowQuantisation;
    if (!is_open) continue;
    const NoisePoint point = PointOf(levels[i], channel, 0);
    const double remaining = RemainingVariance(point, fainter);
    is_collapsed |= remaining < 1;
    if (is_collapsed) uses[i] = LevelUse::kSaturated;
    if (uses[i] == LevelUse::kUsed) fainter.push_back(point);
    if (remaining < kVanished) {
      const int place = Of(levels[i], channel).largest_dn;
      ceiling = std::min(ceiling.value_or(place), place);
    }
  }
  for (size_t i = 0; i < levels.size(); ++i) {
    if (uses[i] == LevelUse::kUsed && ceiling && IsClippedAt(Of(levels[i], channel), *ceiling))
      uses[i] = LevelUse::kSaturated;
  }
  return uses;
}

std::optional<Measured> MeasureSaturation(std::span<const PhotonTransferLevel> levels,
                                          size_t channel, std::span<const LevelUse> uses) {
  double largest_variance = 0;
  for (size_t i = 0; i < levels.size(); ++i) {
    if (uses[i] == LevelUse::kUsed)
      largest_variance = std::max(largest_variance, Of(levels[i], channel).variance_dn2);
  }
  std::optional<Measured> saturation;
  for (size_t i = 0; i < levels.size(); ++i) {
    const ChannelStatistics& statistics = Of(levels[i], channel);
    if (uses[i] != LevelUse::kSaturated || statistics.pixels == 0) continue;
    if (statistics.variance_dn2 > kVanished * largest_variance) continue;
    if (!saturation || statistics.mean_dn > saturation->value)
      saturation = Measured{statistics.mean_dn, std::sqrt(1.0 / 12)};
  }
  return saturation;
}

}  // namespace nightjar
