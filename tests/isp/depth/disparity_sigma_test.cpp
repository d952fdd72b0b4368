// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/disparity_sigma.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "isp/depth/dense_stereo.h"
#include "isp/depth/disparity_checks.h"
#include "isp/depth/stereo_steps.h"
#include "tests/isp/depth/sigma_bins.h"
#include "tests/isp/depth/simulated_pair.h"

namespace nightjar {
namespace {

constexpr int kDisparities = 64;

// Pairs that no coefficient was fitted to, as made up: without what a rectification adds.
const std::vector<SimulatedPair>& Pairs() {
  static const std::vector<SimulatedPair> pairs = [] {
    std::vector<SimulatedPair> all;
    for (const uint64_t seed : {1001, 1002, 1003, 2001, 2002, 2003}) {
      SimulatedPairOptions scene;
      scene.seed = seed;
      scene.contrast = seed % 3 == 0 ? 0.5 : 1;  // as in the fit
      all.push_back(SimulatePair(scene));
    }
    return all;
  }();
  return pairs;
}

std::vector<SigmaAndError> Judge(double electrons) {
  DenseStereoOptions options;
  options.disparities = kDisparities;
  const DenseStereo stereo = DenseStereo::Create(options).value();
  std::vector<SigmaAndError> samples;
  uint64_t seed = 0;
  for (const SimulatedPair& pair : Pairs()) {
    const NoisyPair noisy = Expose(pair.left, pair.right, electrons, ++seed);
    const DisparityMap map = stereo.Match(noisy.left, noisy.right, noisy.noise).value();
    for (int y = 0; y < map.sigma_px.height(); ++y) {
      for (int x = 0; x < map.sigma_px.width(); ++x) {
        if (pair.both_see(x, y) == 0 || !std::isfinite(map.disparity_px(x, y))) continue;
        samples.push_back({map.sigma_px(x, y), map.disparity_px(x, y) - pair.truth_px(x, y)});
      }
    }
  }
  return samples;
}

class DisparitySigma : public testing::TestWithParam<double> {};

TEST_P(DisparitySigma, IsThatOfTheErrors) {
  const std::vector<SigmaAndError> samples = Judge(GetParam());
  ASSERT_GT(samples.size(), 150000u);
  const std::vector<SigmaBin> bins = SigmaBins(samples, 3);
  // Scenes differ: of sets of six it is 0.75 to 1.15.
  for (const SigmaBin& bin : bins) {
    EXPECT_GT(bin.spread, 0.7) << "sigma " << bin.sigma;
    EXPECT_LT(bin.spread, 1.25) << "sigma " << bin.sigma;
    EXPECT_LT(bin.beyond, 0.01) << "sigma " << bin.sigma;
  }
  EXPECT_GT(bins[4].sigma, 1.8 * bins[0].sigma);
  EXPECT_GT(bins[4].misses, 2 * bins[0].misses);
}

INSTANTIATE_TEST_SUITE_P(Electrons, DisparitySigma, testing::Values(10000.0, 1000.0, 150.0, 30.0));

// What a median chose has the margin of its own level, and not that of the pixel that it is given
// to.
TEST(SmoothAndCheck, NamesThePixelThatALevelComesFrom) {
  constexpr int kWidth = 9, kHeight = 7;
  LevelMap levels;
  for (Image<float>* image : {&levels.level, &levels.margin})
    *image = FilledImage<float>(kWidth, kHeight, 4);
  levels.other_level = FilledImage<int16_t>(kWidth, kHeight, 4);
  uint32_t state = 3;
  levels.level.for_each_element([&](int x, int y) {
    state = state * 1664525 + 1013904223;
    levels.level(x, y) = 4 + static_cast<float>(state >> 24) / 512;
    levels.margin(x, y) = 100 + static_cast<float>(x + kWidth * y);
  });
  Image<uint8_t> source(kWidth, kHeight);
  Image<float> disparity(kWidth, kHeight);
  SmoothAndCheck(levels, 255, 0, 0, kHeight, source, disparity);
  int moved = 0;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 5; x < kWidth; ++x) {
      std::vector<float> around;
      for (int dy = -1; dy <= 1; ++dy) {
        for (int dx = -1; dx <= 1; ++dx)
          around.push_back(
              levels.level(std::clamp(x + dx, 0, kWidth - 1), std::clamp(y + dy, 0, kHeight - 1)));
      }
      std::ranges::sort(around);
      const PixelPlace from = SourceOf(source, x, y);
      EXPECT_EQ(disparity(x, y), levels.level(from.x, from.y));
      EXPECT_NEAR(disparity(x, y), around[4], 1.0 / 1024);
      moved += from.x != x || from.y != y;
    }
  }
  EXPECT_GT(moved, 10);
  // A place that lost is unknown wherever the median has put it.
  const PixelPlace lost = SourceOf(source, 7, 3);
  levels.margin(lost.x, lost.y) = 1;
  SmoothAndCheck(levels, 255, 50, 0, kHeight, source, disparity);
  EXPECT_EQ(disparity(7, 3), kNoDisparity);
}

}  // namespace
}  // namespace nightjar
