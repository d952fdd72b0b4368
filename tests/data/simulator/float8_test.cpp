// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/float8.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace nightjar {
namespace {

constexpr int kLanes = 8;

TEST(Float8, ComparesIndices) {
  const Int8 a = {-1, -1, 0, 0, 5, 1 << 30, 7, -1};
  const Int8 b = {-1, 5, 0, -1, 5, 1 << 30, 8, 0};
  const Int8 equal = Equal(a, b);
  const Int8 less = Less(a, b);
  for (int i = 0; i < kLanes; ++i) {
    EXPECT_EQ(equal[i], a[i] == b[i] ? -1 : 0) << a[i] << ", " << b[i];
    EXPECT_EQ(less[i], a[i] < b[i] ? -1 : 0) << a[i] << ", " << b[i];
  }
}

TEST(Float8, ComparesAndClampsNumbers) {
  const Float8 a = {0, 1, -1, 2.5F, -2.5F, 1e30F, 1e-30F, 3};
  const Float8 b = {0, 2, -2, 2.5F, 0, 2e30F, 0, std::nextafter(3.0F, 4.0F)};
  const Int8 less = Less(a, b);
  const Float8 clamped = Clamped(a, All(-1.5F), All(2.0F));
  for (int i = 0; i < kLanes; ++i) {
    EXPECT_EQ(less[i], a[i] < b[i] ? -1 : 0) << a[i] << ", " << b[i];
    EXPECT_EQ(clamped[i], std::min(std::max(a[i], -1.5F), 2.0F));
  }
}

TEST(Float8, RoundsDown) {
  const Float8 x = {0, 0.5F, -0.5F, 3, -3, 1e6F, -1e6F - 0.5F, 0.99999994F};
  const Int8 floor = Floor(x);
  for (int i = 0; i < kLanes; ++i) EXPECT_EQ(floor[i], static_cast<int>(std::floor(x[i]))) << x[i];
}

TEST(Float8, HasLogarithmsAndPowersOfTwo) {
  for (const float x :
       {1e-9F, 0.02F, 0.70710677F, 0.7071068F, 1.0F, 1.4142135F, 1.4142137F, 300.0F, 1e12F}) {
    const double truth = std::log2(static_cast<double>(x));
    EXPECT_NEAR(Log2(All(x))[3], truth, std::max(2e-7, 1e-7 * std::abs(truth))) << x;
  }
  for (const float x : {-119.5F, -60.0F, -0.5F, -1e-6F, 0.0F, 0.49999997F, 0.5F, 17.3F, 119.5F})
    EXPECT_NEAR(Exp2(All(x))[5] / std::exp2(static_cast<double>(x)), 1, 4e-6) << x;
}

TEST(Float8, FindsTheMiddleOfWhatIsThere) {
  EXPECT_EQ(MiddleOf(All(-1)), 4);
  EXPECT_EQ(MiddleOf(Int8{-1, -1, 0, 0, 0, 0, 0, 0}), 1);
  EXPECT_EQ(MiddleOf(Int8{0, 0, 0, 0, 0, 0, 0, -1}), 7);
  EXPECT_TRUE(AnyOf(Int8{0, 0, 0, 0, 0, 0, 0, -1}));
  EXPECT_FALSE(AnyOf(All(0)));
}

}  // namespace
}  // namespace nightjar
