// SPDX-License-Identifier: Apache-2.0
#include "isp/noise_estimate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "core/portable_math.h"

namespace nightjar {
namespace {

constexpr int kBlock = 8;       // pixels of one colour
constexpr int kHigh = 9;        // k + l from which on a frequency is high: 21 of 64
constexpr size_t kFewest = 64;  // blocks
constexpr size_t kMostLevels = 16;
constexpr size_t kBlocksOfLevel = 48;
constexpr double kShareUsed = 0.1;  // of a level's blocks, those with the least low frequencies
// The median of chi^2 with 21 degrees of freedom, by 21.
constexpr double kMedianOfMean = 0.96847;

struct Block {
  double light = 0;  // mean x
  double low = 0;    // energy of the low frequencies, the mean left out
  double high = 0;   // mean energy of the high ones: the variance of white noise, x^2
};

struct Level {
  double light = 0;
  double variance = 0;
  double weight = 0;  // of the line's fit: 1 / variance of `variance`
};

class CosineBlock {
 public:
  CosineBlock() {
    for (size_t k = 0; k < kBlock; ++k) {
      for (size_t n = 0; n < kBlock; ++n) {
        const double angle =
            M_PI * (static_cast<double>(n) + 0.5) * static_cast<double>(k) / kBlock;
        cosine_[k][n] =
            (k == 0 ? std::sqrt(1.0 / kBlock) : std::sqrt(2.0 / kBlock)) * portable::Cos(angle);
      }
    }
  }
  using Values = std::array<std::array<double, kBlock>, kBlock>;
  Block Measure(const Values& x) const {
    Values half{};
    for (size_t j = 0; j < kBlock; ++j) {
      for (size_t k = 0; k < kBlock; ++k) {
        for (size_t n = 0; n < kBlock; ++n) half[j][k] += cosine_[k][n] * x[j][n];
      }
    }
    Block block;
    int count = 0;
    for (size_t l = 0; l < kBlock; ++l) {
      for (size_t k = 0; k < kBlock; ++k) {
        double c = 0;
        for (size_t j = 0; j < kBlock; ++j) c += cosine_[l][j] * half[j][k];
        if (k + l == 0) {
          block.light = c / kBlock;
        } else if (k + l < kHigh) {
          block.low += c * c;
        } else {
          block.high += c * c;
          ++count;
        }
      }
    }
    block.high /= count;
    return block;
  }

 private:
  Values cosine_{};
};

/// Where samples are clipped: at white, or before, at the largest one of the frame.
int Ceiling(const Image<uint16_t>& raw, const RawSamples& samples) {
  uint16_t largest = 0;
  raw.for_each_value([&](uint16_t dn) { largest = std::max(largest, dn); });
  return std::min(static_cast<int>(std::ceil(samples.white)), static_cast<int>(largest));
}

/// Blocks of all places without a clipped sample, side by side.
std::vector<Block> Blocks(const Image<uint16_t>& raw, const RawSamples& samples) {
  const CosineBlock cosine;
  const int step = samples.step(), side = kBlock * step;
  const int left = raw.dim(0).min(), top = raw.dim(1).min();
  const int ceiling = Ceiling(raw, samples);
  std::vector<Block> blocks;
  for (int y = 0; y + side <= raw.height(); y += side) {
    for (int x = 0; x + side <= raw.width(); x += side) {
      for (int place = 0; place < step * step; ++place) {
        const int px = place % step, py = place / step;
        const size_t of = PlaceOf(px, py);
        CosineBlock::Values values;
        bool is_clipped = false;
        for (int j = 0; j < kBlock; ++j) {
          for (int n = 0; n < kBlock; ++n) {
            const int dn = raw(left + x + px + n * step, top + y + py + j * step);
            is_clipped = is_clipped || dn == 0 || dn >= ceiling;
            values[static_cast<size_t>(j)][static_cast<size_t>(n)] = samples.x(of, dn);
          }
        }
        if (!is_clipped) blocks.push_back(cosine.Measure(values));
      }
    }
  }
  return blocks;
}

/// Of blocks of like brightness.
Level LevelOf(std::vector<Block> blocks) {
  const size_t used =
      std::max<size_t>(16, static_cast<size_t>(kShareUsed * static_cast<double>(blocks.size())));
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const Block& a, const Block& b) { return a.low < b.low; });
  blocks.resize(std::min(used, blocks.size()));
  Level level;
  std::vector<double> energies;
  for (const Block& block : blocks) {
    level.light += block.light / static_cast<double>(blocks.size());
    energies.push_back(block.high);
  }
  const auto middle = energies.begin() + static_cast<std::ptrdiff_t>(energies.size() / 2);
  std::nth_element(energies.begin(), middle, energies.end());
  level.variance = *middle / kMedianOfMean;
  return level;
}

std::vector<Level> LevelsOf(std::vector<Block> blocks) {
  std::stable_sort(blocks.begin(), blocks.end(),
                   [](const Block& a, const Block& b) { return a.light < b.light; });
  const size_t count = std::clamp<size_t>(blocks.size() / kBlocksOfLevel, 1, kMostLevels);
  std::vector<Level> levels;
  for (size_t i = 0; i < count; ++i) {
    const auto at = [&](size_t part) {
      return blocks.begin() + static_cast<std::ptrdiff_t>(blocks.size() * part / count);
    };
    levels.push_back(LevelOf({at(i), at(i + 1)}));
  }
  return levels;
}

/// variance = S light + O with S >= 0, O >= least.
NoiseProfile::Channel FitLine(const std::vector<Level>& levels, double least) {
  double w = 0, wx = 0, wy = 0, wxx = 0, wxy = 0;
  for (const Level& level : levels) {
    w += level.weight;
    wx += level.weight * level.light;
    wy += level.weight * level.variance;
    wxx += level.weight * level.light * level.light;
    wxy += level.weight * level.light * level.variance;
  }
  const double determinant = w * wxx - wx * wx;
  NoiseProfile::Channel line = {0, wy / w};
  // Levels that hardly differ say nothing of a slope.
  if (determinant > 1e-6 * w * wxx) {
    line.scale = (w * wxy - wx * wy) / determinant;
    line.offset = (wy - line.scale * wx) / w;
    if (line.scale < 0) line = {0, wy / w};
    if (line.offset < least) line = {std::max(0.0, (wxy - least * wx) / wxx), least};
  }
  line.offset = std::max(line.offset, least);
  return line;
}

}  // namespace

Result<NoiseEstimate> EstimateNoise(const Image<uint16_t>& raw, const RawSamples& samples) {
  const std::vector<Block> blocks = Blocks(raw, samples);
  if (blocks.size() < kFewest) {
    return Fail(ErrorKind::kNoAnswer,
                "the noise cannot be estimated: only " + std::to_string(blocks.size()) +
                    " blocks of 8 x 8 pixels of one colour have no clipped sample",
                {}, "give a noise profile");
  }
  std::vector<Level> levels = LevelsOf(blocks);
  const double rounding = 1.0 / 12 * samples.per_dn(0) * samples.per_dn(0);
  for (Level& level : levels) level.variance = std::max(level.variance, rounding);
  // The variance of a variance goes with its square, as the line has it, once there is one.
  // What is left of the scene only adds: a level far above the line counts less.
  for (Level& level : levels) level.weight = 1;
  NoiseProfile::Channel line = FitLine(levels, rounding);
  for (int i = 0; i < 10; ++i) {
    for (Level& level : levels) {
      const double expected = line.scale * std::max(level.light, 0.0) + line.offset;
      const double excess = (level.variance / expected - 1) / 0.15;
      level.weight = 1 / (expected * expected * (excess > 1 ? excess * excess : 1));
    }
    line = FitLine(levels, rounding);
  }
  return NoiseEstimate{line, levels.front().light, levels.back().light,
                       static_cast<int>(blocks.size())};
}

}  // namespace nightjar
