// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/noise_line.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace nightjar {
namespace {

double Below(double x) { return std::erfc(-x / std::sqrt(2.0)) / 2; }

// The variance of round(phase + sigma z), z standard normal, by its definition.
double RoundedVariance(double phase, double sigma) {
  double mean = 0, square = 0;
  for (int n = -8; n <= 8; ++n) {
    const double share = Below((n + 0.5 - phase) / sigma) - Below((n - 0.5 - phase) / sigma);
    mean += n * share;
    square += n * n * share;
  }
  return square - mean * mean;
}

TEST(QuantisationDeficit, IsWhatRoundingAtAllPlacesBetweenTwoStepsTakesAway) {
  for (const double analogue : {0.03, 0.0575, 0.1, 0.2, 0.5}) {
    double mean = 0;
    constexpr int kPhases = 400;
    for (int i = 0; i < kPhases; ++i)
      mean += RoundedVariance((i + 0.5) / kPhases, std::sqrt(analogue)) / kPhases;
    EXPECT_NEAR(QuantisationDeficit(analogue), analogue + 1.0 / 12 - mean, 1e-6) << analogue;
  }
  EXPECT_NEAR(QuantisationDeficit(0), 1.0 / 12, 0.007) << "no noise, no difference of two frames";
}

TEST(StraightLine, TwoPointsByHand) {
  const std::vector<LinePoint> points = {{1, 3, 4}, {3, 7, 1}};
  const StraightLine line = FitStraightLine(points).value();
  EXPECT_NEAR(line.slope, 2, 1e-14);
  EXPECT_NEAR(line.intercept, 1, 1e-14);
  // slope = (y2 - y1) / 2, intercept = (3 y1 - y2) / 2.
  EXPECT_NEAR(line.covariance(1, 1), 5.0 / 4, 1e-14);
  EXPECT_NEAR(line.covariance(0, 0), 37.0 / 4, 1e-13);
  EXPECT_NEAR(line.covariance(0, 1), -(3.0 * 4 + 1) / 4, 1e-13);
  EXPECT_NEAR(line.Variance(3), 1, 1e-13);
  EXPECT_FALSE(FitStraightLine(std::vector<LinePoint>{{2, 3, 4}, {2, 7, 1}}));
  EXPECT_FALSE(FitStraightLine({}));
}

TEST(GoodnessOfFit, ScalesSigmaOnlyByWhatIsNoChance) {
  EXPECT_EQ((GoodnessOfFit{29.2, 10}.SigmaScale()), 1) << "the 99.9 % quantile is 29.59";
  EXPECT_NEAR((GoodnessOfFit{30, 10}.SigmaScale()), std::sqrt(3.0), 1e-12);
  EXPECT_EQ((GoodnessOfFit{1e9, 0}.SigmaScale()), 1);
}

TEST(WeightedMean, WeightsBySigmaAndKnowsWhatWasGiven) {
  const Measured mean = WeightedMean(std::vector<Measured>{{1, 1}, {4, 2}});
  EXPECT_NEAR(mean.value, 8.0 / 5, 1e-14);
  EXPECT_NEAR(mean.sigma, std::sqrt(4.0 / 5), 1e-14);
  const Measured given = WeightedMean(std::vector<Measured>{{1, 0}, {3, 0}});
  EXPECT_EQ(given.value, 2);
  EXPECT_EQ(given.sigma, 0);
}

TEST(NoiseLine, FindsTheLineOfExactPoints) {
  // Dark variance 0.14 DN^2: rounding hides 0.0043 of it.
  constexpr double kGain = 0.0959, kDark = 0.1409;
  std::vector<NoisePoint> points;
  for (const double signal : {0.0, 1.0, 10.0, 100.0, 800.0}) {
    const double total = kGain * signal + kDark;
    points.push_back({signal, total - QuantisationDeficit(total - 1.0 / 12), 1e4, 2});
  }
  const NoiseLine line = FitNoiseLine(points).value();
  EXPECT_NEAR(line.line.slope, kGain, 1e-9);
  EXPECT_NEAR(line.line.intercept, kDark, 1e-9);
  EXPECT_NEAR(line.Expected(0), points[0].variance_dn2, 1e-9);
  EXPECT_LT(line.line.fit.chi2, 1e-9);
  EXPECT_FALSE(FitNoiseLine(std::vector<NoisePoint>{{5, 1, 100, 2}, {5, 2, 100, 2}}));
}

}  // namespace
}  // namespace nightjar
