// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/depth_fusion.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

const PinholeView kView{3, 2, 10, 1, 1};

DepthMap Flat(float depth, float sigma) {
  DepthMap map = UnknownDepthMap({}, 0, kView);
  if (!std::isfinite(depth)) return map;
  std::fill_n(map.depth_m.data(), 6, depth);
  std::fill_n(map.sigma_m.data(), 6, sigma);
  return map;
}

TEST(FuseDepth, WeighsInverseDepthsByVariance) {
  const std::vector<DepthMap> others = {Flat(2.5F, 0.25F), Flat(2, 0.05F)};
  const DepthMap fused = FuseDepth(Flat(2, 0.1F), others, 0, {});
  // Inverse depths 0.5, 0.4, 0.5 with sigmas 0.1 / 4, 0.25 / 6.25, 0.05 / 4: weights 1600, 625,
  // 6400.
  const double inverse = (1600 * 0.5 + 625 * 0.4 + 6400 * 0.5) / 8625;
  EXPECT_NEAR(fused.depth_m(1, 1), 1 / inverse, 1e-6);
  EXPECT_NEAR(fused.sigma_m(1, 1), std::sqrt(1 / 8625.0) / (inverse * inverse), 1e-6);
  // Wholly correlated errors do not average out: sum of weight * sigma, over the weights.
  const double common = (40 + 25 + 80) / 8625.0;
  EXPECT_NEAR(FuseDepth(Flat(2, 0.1F), others, 1, {}).sigma_m(1, 1), common / (inverse * inverse),
              1e-6);
}

TEST(FuseDepth, HasNoBiasWhereInverseDepthsHaveNone) {
  // 4 m, a tenth of it wrong, as disparities are: in depth each map's near errors weigh more.
  const PinholeView view{200, 150, 10, 1, 1};
  constexpr double kInverse = 0.25, kRelative = 0.1;
  TestRandom random(5);
  std::vector<DepthMap> maps;
  for (int i = 0; i < 5; ++i) {
    maps.push_back(UnknownDepthMap({}, 0, view));
    maps.back().depth_m.for_each_element([&](int x, int y) {
      const double depth = 1 / (kInverse * (1 + kRelative * random.Normal()));
      maps.back().depth_m(x, y) = static_cast<float>(depth);
      maps.back().sigma_m(x, y) = static_cast<float>(kRelative * kInverse * depth * depth);
    });
  }
  const DepthMap fused = FuseDepth(maps[0], {maps.begin() + 1, maps.end()}, 0, {});
  double sum = 0, squares = 0;
  fused.depth_m.for_each_element([&](int x, int y) {
    ASSERT_TRUE(std::isfinite(fused.depth_m(x, y)));
    const double z = fused.depth_m(x, y);
    const double error = (1 / z - kInverse) / (fused.sigma_m(x, y) / (z * z));
    sum += error;
    squares += error * error;
  });
  const double count = 200 * 150;
  EXPECT_NEAR(sum / count, 0, 0.03);
  EXPECT_NEAR(std::sqrt(squares / count), 1, 0.03);
}

TEST(FuseDepth, LeavesOutliersOut) {
  const DepthMap fused = FuseDepth(Flat(2, 0.1F), {Flat(3, 0.1F), Flat(2, 0.1F)}, 0, {});
  EXPECT_NEAR(fused.depth_m(0, 0), 2, 1e-6);
  EXPECT_NEAR(fused.sigma_m(0, 0), 0.1 / std::sqrt(2), 1e-6);
  // Three that contradict the map and agree with each other are right.
  const DepthMap outvoted =
      FuseDepth(Flat(2, 0.1F), {Flat(3, 0.1F), Flat(3, 0.1F), Flat(3, 0.1F)}, 0, {});
  EXPECT_NEAR(outvoted.depth_m(0, 0), 3, 1e-6);
  // Three that contradict it and each other leave nothing.
  const DepthMap unknown =
      FuseDepth(Flat(2, 0.1F), {Flat(3, 0.1F), Flat(4, 0.1F), Flat(5, 0.1F)}, 0, {});
  EXPECT_FALSE(std::isfinite(unknown.depth_m(0, 0)));
  EXPECT_FALSE(std::isfinite(unknown.sigma_m(0, 0)));
}

TEST(FuseDepth, FillsWhatOthersAgreeOn) {
  const DepthMap nothing = Flat(kUnknownDepth, 0);
  EXPECT_NEAR(FuseDepth(nothing, {Flat(2, 0.1F), Flat(2, 0.1F)}, 0, {}).depth_m(2, 1), 2, 1e-6);
  EXPECT_FALSE(std::isfinite(FuseDepth(nothing, {Flat(2, 0.1F), nothing}, 0, {}).depth_m(2, 1)));
  EXPECT_FALSE(
      std::isfinite(FuseDepth(nothing, {Flat(2, 0.1F), Flat(3, 0.1F)}, 0, {}).depth_m(2, 1)));
}

TEST(FuseDepth, NothingElseChangesNothing) {
  const DepthMap fused = FuseDepth(Flat(2, 0.1F), {}, 0.5, {});
  EXPECT_FLOAT_EQ(fused.depth_m(0, 1), 2);
  EXPECT_FLOAT_EQ(fused.sigma_m(0, 1), 0.1F);
}

TEST(FuseDepth, RangesOfOptions) {
  DepthFusionOptions options;
  EXPECT_TRUE(options.Validate());
  options.agreement = 0.5;
  EXPECT_FALSE(options.Validate());
  options = {};
  options.agreeing_views = 0;
  EXPECT_FALSE(options.Validate());
}

}  // namespace
}  // namespace nightjar
