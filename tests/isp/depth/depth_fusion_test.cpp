// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/depth_fusion.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"

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

DepthFusionOptions Independent() {
  DepthFusionOptions options;
  options.correlation = 0;
  return options;
}

TEST(FuseDepth, WeighsByVariance) {
  const DepthMap fused =
      FuseDepth(Flat(2, 0.1F), {Flat(2.1F, 0.2F), Flat(2.05F, 0.1F)}, Independent());
  // Weights 100, 25, 100.
  EXPECT_NEAR(fused.depth_m(1, 1), (200 + 52.5 + 205) / 225, 1e-6);
  EXPECT_NEAR(fused.sigma_m(1, 1), std::sqrt(1 / 225.0), 1e-6);
  // Wholly correlated errors do not average out: sum of weight * sigma, over the weights.
  DepthFusionOptions same = Independent();
  same.correlation = 1;
  EXPECT_NEAR(FuseDepth(Flat(2, 0.1F), {Flat(2.1F, 0.2F), Flat(2.05F, 0.1F)}, same).sigma_m(1, 1),
              (10 + 5 + 10) / 225.0, 1e-6);
}

TEST(FuseDepth, LeavesOutliersOut) {
  const DepthMap fused = FuseDepth(Flat(2, 0.1F), {Flat(3, 0.1F), Flat(2, 0.1F)}, Independent());
  EXPECT_NEAR(fused.depth_m(0, 0), 2, 1e-6);
  EXPECT_NEAR(fused.sigma_m(0, 0), 0.1 / std::sqrt(2), 1e-6);
  // Three that contradict the map and agree with each other are right.
  const DepthMap outvoted =
      FuseDepth(Flat(2, 0.1F), {Flat(3, 0.1F), Flat(3, 0.1F), Flat(3, 0.1F)}, Independent());
  EXPECT_NEAR(outvoted.depth_m(0, 0), 3, 1e-6);
  // Three that contradict it and each other leave nothing.
  const DepthMap unknown =
      FuseDepth(Flat(2, 0.1F), {Flat(3, 0.1F), Flat(4, 0.1F), Flat(5, 0.1F)}, Independent());
  EXPECT_FALSE(std::isfinite(unknown.depth_m(0, 0)));
  EXPECT_FALSE(std::isfinite(unknown.sigma_m(0, 0)));
}

TEST(FuseDepth, FillsWhatOthersAgreeOn) {
  const DepthMap nothing = Flat(kUnknownDepth, 0);
  EXPECT_NEAR(FuseDepth(nothing, {Flat(2, 0.1F), Flat(2, 0.1F)}, Independent()).depth_m(2, 1), 2,
              1e-6);
  EXPECT_FALSE(
      std::isfinite(FuseDepth(nothing, {Flat(2, 0.1F), nothing}, Independent()).depth_m(2, 1)));
  EXPECT_FALSE(std::isfinite(
      FuseDepth(nothing, {Flat(2, 0.1F), Flat(3, 0.1F)}, Independent()).depth_m(2, 1)));
}

TEST(FuseDepth, NothingElseChangesNothing) {
  const DepthMap fused = FuseDepth(Flat(2, 0.1F), {}, {});
  EXPECT_FLOAT_EQ(fused.depth_m(0, 1), 2);
  EXPECT_FLOAT_EQ(fused.sigma_m(0, 1), 0.1F);
}

TEST(FuseDepth, RangesOfOptions) {
  DepthFusionOptions options;
  EXPECT_TRUE(options.Validate());
  options.correlation = 1.01;
  EXPECT_FALSE(options.Validate());
  options = {};
  options.agreement = 0.5;
  EXPECT_FALSE(options.Validate());
  options = {};
  options.agreeing_views = 0;
  EXPECT_FALSE(options.Validate());
}

}  // namespace
}  // namespace nightjar
