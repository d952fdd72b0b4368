// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/level_statistics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "core/random.h"

namespace nightjar {
namespace {

constexpr int kWidth = 97;
constexpr int kHeight = 83;

// A vignetted surface: `signal` at the middle, a third of it in the corners, with noise of variance
// `gain` times the signal, above black 100.
Image<uint16_t> Frame(double signal, double gain, uint64_t number) {
  RandomStream random(5, 0, number);
  Image<uint16_t> frame(kWidth, kHeight);
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const double u = 2.0 * x / kWidth - 1, v = 2.0 * y / kHeight - 1;
      const double mean = signal * (1 - (u * u + v * v) / 3);
      const double dn = 100 + mean + std::sqrt(gain * mean) * random.Normal();
      frame(x, y) = static_cast<uint16_t>(std::floor(dn + 0.5));
    }
  }
  return frame;
}

TEST(LevelGatherer, HalfTheMeanSquareOfADifferenceByHand) {
  LevelGatherer gatherer(4, 4, ChannelLayout::kTile, {});
  Image<uint16_t> a(4, 4), b(4, 4);
  a.fill(50);
  b.fill(50);
  // Of the channel at (1, 0): +3, -3, +1, -1 about its mean.
  b(1, 0) = 53;
  b(3, 0) = 47;
  b(1, 2) = 51;
  b(3, 2) = 49;
  gatherer.Add(a);
  gatherer.Add(b);
  const LevelStatistics statistics = gatherer.Finish();
  ASSERT_EQ(statistics.channels.size(), 4U);
  EXPECT_DOUBLE_EQ(statistics.channels[1].variance_dn2, (9 + 9 + 1 + 1) / 4.0 / 2);
  EXPECT_DOUBLE_EQ(statistics.channels[1].mean_dn, 50);
  EXPECT_EQ(statistics.channels[1].largest_dn, 53);
  EXPECT_EQ(statistics.channels[1].smallest_dn, 47);
  EXPECT_DOUBLE_EQ(statistics.channels[1].share_at_largest, 1.0 / 8);
  EXPECT_DOUBLE_EQ(statistics.channels[0].variance_dn2, 0);
  EXPECT_TRUE(statistics.outliers.empty());
}

// Without the scale of the pattern the light's shade would be taken for noise: half the square of
// 6 % of the spread of the light, 60 % more here.
TEST(LevelGatherer, AChangeOfTheLightIsNoNoise) {
  constexpr double kGain = 0.3;
  for (const int frames : {2, 8}) {
    LevelGatherer gatherer(kWidth, kHeight, ChannelLayout::kOne, {100});
    for (int i = 0; i < frames; ++i)
      gatherer.Add(Frame(i % 2 == 0 ? 3000 : 3180, kGain, static_cast<uint64_t>(i)));
    const LevelStatistics statistics = gatherer.Finish();
    const ChannelStatistics& channel = statistics.channels[0];
    const double expected = kGain * (channel.mean_dn - 100) + 1.0 / 12;
    const double sigma = std::sqrt(2.0 * 1.1 / (frames - 1) / kWidth / kHeight);
    EXPECT_NEAR(channel.variance_dn2 / expected, 1, 4 * sigma) << frames;
    EXPECT_NEAR(statistics.brightness_change, 0.06, 0.002);
    EXPECT_GT(channel.fixed_dn2, 1e4) << "the shade";
  }
}

TEST(LevelGatherer, AMovingSceneIsNoNoise) {
  LevelGatherer gatherer(kWidth, kHeight, ChannelLayout::kOne, {100});
  Image<uint16_t> moved = Frame(3000, 0.3, 1);
  for (int y = 0; y < 40; ++y)
    for (int x = 0; x < 10; ++x) moved(x, y) = 900;
  gatherer.Add(Frame(3000, 0.3, 0));
  gatherer.Add(moved);
  EXPECT_GT(gatherer.Finish().unstable_share, 0.03);
}

}  // namespace
}  // namespace nightjar
