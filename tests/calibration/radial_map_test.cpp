// SPDX-License-Identifier: Apache-2.0
#include "calibration/radial_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace nightjar {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

TEST(SignChangesTest, FindsTheRootsInside) {
  // (x - 1)(x - 2)(x - 5) = -10 + 17 x - 8 x^2 + x^3
  EXPECT_THAT(SignChanges({-10, 17, -8, 1}, 0, 10),
              ElementsAre(DoubleNear(1, 1e-14), DoubleNear(2, 1e-14), DoubleNear(5, 1e-14)));
  EXPECT_THAT(SignChanges({-10, 17, -8, 1}, 1.5, 4), ElementsAre(DoubleNear(2, 1e-14)));
  EXPECT_THAT(SignChanges({1, 0, 1}, 0, 10), ElementsAre());
  EXPECT_THAT(SignChanges({1, -2, 1}, 0, 10), ElementsAre())
      << "a double root does not change the sign";
}

TEST(RadialMapTest, TurnsBackWhereTheSlopeVanishes) {
  // r (1 - r^2 / 12): slope 1 - r^2 / 4.
  EXPECT_NEAR(RadialMap({-1.0 / 12}, kInfinity).valid_radius(), 2, 1e-14);
  EXPECT_EQ(RadialMap({-1.0 / 12}, 1.5).valid_radius(), 1.5);
  EXPECT_EQ(RadialMap({0.1, 0.2}, kInfinity).valid_radius(), kInfinity);
  EXPECT_EQ(RadialMap({0, 0, 0, 0}, M_PI).valid_radius(), M_PI);
  // A turn that only the last coefficient makes: slope 1 - 7 r^6.
  EXPECT_NEAR(RadialMap({0, 0, -1}, kInfinity).valid_radius(), std::pow(1.0 / 7, 1.0 / 6), 1e-14);
}

TEST(RadialMapTest, TheFirstOfTwoTurnsCounts) {
  // Slope (1 - s)(1 - s / 4) with s = r^2: 1 - 1.25 s + 0.25 s^2; it rises again beyond s = 4.
  EXPECT_NEAR(RadialMap({-1.25 / 3, 0.25 / 5}, kInfinity).valid_radius(), 1, 1e-14);
}

TEST(RadialMapTest, DerivativesAgreeWithDifferences) {
  for (const RadialMap& polynomial : {RadialMap({-0.3, 0.1, 0.05, -0.02}, kInfinity),
                                      RadialMap({0.4, -0.2}, kInfinity, {0.5, 0.1, 0.02})})
    for (double r : {0.1, 0.5, 0.9}) {
      const auto f = [&](double radius) { return radius * polynomial.Scale(radius * radius); };
      constexpr double h = 1e-5;
      EXPECT_NEAR(polynomial.Slope(r * r), (f(r + h) - f(r - h)) / (2 * h), 1e-9);
      EXPECT_NEAR(polynomial.ScaleDerivative(r * r),
                  (polynomial.Scale(r * r + h) - polynomial.Scale(r * r - h)) / (2 * h), 1e-9);
    }
}

TEST(RadialMapTest, ARationalMapEndsWhereItTurnsOrHasItsPole) {
  // r / (1 + r^2): slope (1 - r^2) / (1 + r^2)^2.
  EXPECT_NEAR(RadialMap({}, kInfinity, {1.0}).valid_radius(), 1, 1e-14);
  // r / (1 - r^2 / 4) rises up to its pole at 2.
  EXPECT_NEAR(RadialMap({}, kInfinity, {-0.25}).valid_radius(), 2, 1e-14);
  // (r + 2 r^3) / (1 + r^2): slope (1 + 5 r^2 + 2 r^4) / (1 + r^2)^2 has no root.
  EXPECT_EQ(RadialMap({2.0}, kInfinity, {1.0}).valid_radius(), kInfinity);
  // r (1 + 2 r^2) / (1 + r^2) at r = 2: 2 * 9 / 5.
  EXPECT_NEAR(RadialMap({2.0}, kInfinity, {1.0}).Invert(3.6).value(), 2, 1e-14);
}

TEST(RadialMapTest, CoefficientsMoveTheScaleAsDifferencesSay) {
  const std::vector<double> k = {0.4, -0.2}, q = {0.5, 0.1, 0.02};
  constexpr double r2 = 0.7, h = 1e-5;
  const Eigen::RowVectorXd J = RadialMap(k, kInfinity, q).ScaleByCoefficients(r2);
  ASSERT_EQ(J.size(), 5);
  for (size_t i = 0; i < 5; ++i) {
    const auto scale = [&](double step) {
      std::vector<double> moved_k = k, moved_q = q;
      (i < 2 ? moved_k[i] : moved_q[i - 2]) += step;
      return RadialMap(moved_k, kInfinity, moved_q).Scale(r2);
    };
    EXPECT_NEAR(J[i], (scale(h) - scale(-h)) / (2 * h), 1e-9) << i;
  }
}

TEST(RadialMapTest, InvertUndoesIt) {
  for (const RadialMap& polynomial :
       {RadialMap({-0.28, 0.07}, kInfinity), RadialMap({-1.0 / 12}, kInfinity),
        RadialMap({0.5, 0.2, 0.1}, kInfinity), RadialMap({-0.02, 0.01, -0.003, 0.0004}, M_PI),
        RadialMap({0.4, -0.2}, kInfinity, {0.5, 0.1, 0.02})}) {
    const double limit = std::min(3.0, polynomial.valid_radius());
    for (int i = 0; i < 100; ++i) {
      const double radius = limit * i / 100;
      const auto inverse = polynomial.Invert(radius * polynomial.Scale(radius * radius));
      ASSERT_TRUE(inverse);
      EXPECT_NEAR(*inverse, radius, 1e-12);
    }
  }
}

TEST(RadialMapTest, InvertHasNoAnswerBeyondTheTurn) {
  const RadialMap polynomial({-1.0 / 12},
                             kInfinity);  // its largest value: 2 (1 - 4 / 12) = 4 / 3
  EXPECT_TRUE(polynomial.Invert(1.333));
  EXPECT_FALSE(polynomial.Invert(1.334));
  EXPECT_FALSE(polynomial.Invert(-0.1));
  EXPECT_FALSE(polynomial.Invert(std::nan("")));
  EXPECT_FALSE(polynomial.Invert(kInfinity));
}

}  // namespace
}  // namespace nightjar
