// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/poisson.h"

#include <gtest/gtest.h>

#include <cmath>
#include <map>

namespace nightjar {
namespace {

constexpr int kDraws = 200'000;

double LogProbability(double mean, int k) {
  return k * std::log(mean) - mean - std::lgamma(k + 1.0);
}

TEST(PoissonSampler, HasTheDistribution) {
  const PoissonSampler sampler;
  // Small ones from terms alone, and means on both sides of where tables meet.
  for (const double mean : {0.03, 0.2, 0.25, 3.1, 10.0, 63.9, 64.0, 64.3, 200.7}) {
    RandomStream random(11, 0, static_cast<uint64_t>(mean * 1000));
    std::map<int, int> counts;
    for (int i = 0; i < kDraws; ++i) ++counts[sampler.Sample(mean, random)];
    // Pearson's test over the values that are expected 10 times or more.
    double chi2 = 0;
    int bins = 0;
    for (int k = 0; k < 2 * mean + 60; ++k) {
      const double expected = kDraws * std::exp(LogProbability(mean, k));
      if (expected < 10) continue;
      chi2 += (counts[k] - expected) * (counts[k] - expected) / expected;
      ++bins;
    }
    EXPECT_LT(chi2, bins + 5 * std::sqrt(2.0 * bins)) << "mean " << mean;
  }
}

TEST(PoissonSampler, HasMeanAndVarianceUpToTheLargest) {
  const PoissonSampler sampler;
  for (const double mean :
       {1000.3, 9999.9, 16383.9, 16384.0, 41000.7, PoissonSampler::kLargestMean}) {
    RandomStream random(12, 0, static_cast<uint64_t>(mean));
    double sum = 0, square = 0;
    for (int i = 0; i < kDraws; ++i) {
      const double d = sampler.Sample(mean, random) - mean;
      sum += d;
      square += d * d;
    }
    EXPECT_NEAR(sum / kDraws, 0, 5 * std::sqrt(mean / kDraws));
    EXPECT_NEAR(square / kDraws / mean, 1, 5 * std::sqrt(2.0 / kDraws));
  }
}

TEST(PoissonSampler, TheEdges) {
  const PoissonSampler sampler;
  RandomStream random(13, 0);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(sampler.Sample(0, random), 0);
  EXPECT_EQ(sampler.Sample(-1, random), 0);
  EXPECT_NEAR(sampler.Sample(1e9, random), PoissonSampler::kLargestMean,
              5 * std::sqrt(PoissonSampler::kLargestMean));
}

}  // namespace
}  // namespace nightjar
