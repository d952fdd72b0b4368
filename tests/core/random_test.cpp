// SPDX-License-Identifier: Apache-2.0
#include "core/random.h"

#include <gtest/gtest.h>

#include <cmath>
#include <set>
#include <vector>

namespace nightjar {
namespace {

TEST(RandomStream, KnownAnswers) {
  // From the paper's own test vectors (Random123's kat_vectors): philox 4x32, 10 rounds, all zeros.
  RandomStream zeros(0, 0, 0);
  for (const uint32_t expected : {0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U})
    EXPECT_EQ(zeros.Bits(), expected);
}

TEST(RandomStream, SameSeedSameNumbersOtherwiseOthers) {
  RandomStream one(7, 1, 2);
  RandomStream same(7, 1, 2);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(one.Bits(), same.Bits());
  std::set<uint32_t> firsts;
  for (uint64_t seed : {1ULL, 2ULL, 1ULL << 40}) {
    for (uint32_t stream : {0U, 1U, 0xFFFFFFFFU}) {
      for (uint64_t index : {0ULL, 1ULL, 1ULL << 40})
        firsts.insert(RandomStream(seed, stream, index).Bits());
    }
  }
  EXPECT_EQ(firsts.size(), 27U);
}

TEST(RandomStream, MomentsAreThoseOfTheDistributions) {
  constexpr int kCount = 400'000;
  RandomStream random(3, 5);
  double uniform = 0, mean = 0, square = 0, third = 0, fourth = 0, serial = 0, last = 0;
  int beyond_three = 0;
  for (int i = 0; i < kCount; ++i) {
    const double u = random.Uniform();
    ASSERT_TRUE(u > 0 && u < 1);
    uniform += u / kCount;
    const double n = random.Normal();
    mean += n / kCount;
    square += n * n / kCount;
    third += n * n * n / kCount;
    fourth += n * n * n * n / kCount;
    serial += n * last / kCount;
    beyond_three += std::abs(n) > 3;
    last = n;
  }
  const double root = std::sqrt(kCount);  // bounds: five standard deviations of each estimate
  EXPECT_NEAR(uniform, 0.5, 5 * 0.2887 / root);
  EXPECT_NEAR(mean, 0, 5 / root);
  EXPECT_NEAR(square, 1, 5 * std::sqrt(2) / root);
  EXPECT_NEAR(third, 0, 5 * std::sqrt(15) / root);
  EXPECT_NEAR(fourth, 3, 5 * std::sqrt(96) / root);
  EXPECT_NEAR(serial, 0, 5 / root);
  EXPECT_NEAR(beyond_three, 0.0026998 * kCount, 5 * std::sqrt(0.0027 * kCount));
}

TEST(NormalQuantile, InvertsTheDistributionFunction) {
  for (const double x : {-8.0, -5.1, -2.0, -1.0, -0.3, 0.0, 1e-9, 0.7, 1.7, 3.0, 6.0}) {
    const double p = 0.5 * std::erfc(-x / std::sqrt(2));
    EXPECT_NEAR(NormalQuantile(p), x, 1e-6 * std::max(1e-9, std::abs(x))) << x;
  }
}

TEST(RandomStream, FillsWithTheNumbersThatItWouldGiveOneByOne) {
  RandomStream one_by_one(7, 3, uint64_t{9} << 32), filled(7, 3, uint64_t{9} << 32);
  for (const size_t count : {1U, 5U, 64U, 31U, 0U, 100U, 32U}) {
    std::vector<uint32_t> bits(count);
    filled.Fill(bits);
    for (const uint32_t word : bits) ASSERT_EQ(word, one_by_one.Bits());
  }
  EXPECT_EQ(filled.Bits(), one_by_one.Bits());
}

}  // namespace
}  // namespace nightjar
