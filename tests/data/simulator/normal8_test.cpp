// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/normal8.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"

namespace nightjar {
namespace {

constexpr uint32_t kSign = 0x80000000;

double NormalOf(uint32_t bits) {
  return static_cast<double>(Normal8(All(static_cast<int32_t>(bits)))[3]);
}

// The first bit is the sign, the others count from the farthest of its side inwards.
double Truth(uint32_t bits) {
  const double quantile = NormalQuantile(((bits & ~kSign) + 0.5) * 0x1p-32);
  return (bits & kSign) != 0 ? quantile : -quantile;
}

TEST(Normal8, InvertsTheDistributionFunction) {
  RandomStream random(1, 0);
  for (int i = 0; i < 100'000; ++i) {
    const uint32_t bits = random.Bits();
    for (const uint32_t share : {~0U, kSign | 0xFFFFFF, kSign | 0xFFFF}) {  // also far out
      const double truth = Truth(bits & share);
      if (std::abs(truth) > 5.3) continue;
      ASSERT_NEAR(NormalOf(bits & share), truth, 2e-6) << (bits & share);
    }
  }
  for (const uint32_t bits : {0U, 1U, 2U, 50U}) {  // 6.3 sigma and less
    EXPECT_NEAR(NormalOf(bits), Truth(bits), 3e-3);
    EXPECT_EQ(NormalOf(bits | kSign), -NormalOf(bits));
  }
  EXPECT_EQ(NormalOf(~kSign), 0);
}

TEST(Normal8, LanesDoNotKnowOfEachOther) {
  const Int8 bits = {0, 5, -1, 0x7FFFFFFF, 0x40000000, -0x40000000, 1000, 100'000};
  const Float8 together = Normal8(bits);
  for (int lane = 0; lane < 8; ++lane)
    EXPECT_EQ(static_cast<double>(together[lane]), NormalOf(static_cast<uint32_t>(bits[lane])));
}

}  // namespace
}  // namespace nightjar
