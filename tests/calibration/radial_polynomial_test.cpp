// SPDX-License-Identifier: Apache-2.0
#include "calibration/radial_polynomial.h"

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

TEST(RadialPolynomialTest, TurnsBackWhereTheSlopeVanishes) {
  // r (1 - r^2 / 12): slope 1 - r^2 / 4.
  EXPECT_NEAR(RadialPolynomial({-1.0 / 12}, kInfinity).valid_radius(), 2, 1e-14);
  EXPECT_EQ(RadialPolynomial({-1.0 / 12}, 1.5).valid_radius(), 1.5);
  EXPECT_EQ(RadialPolynomial({0.1, 0.2}, kInfinity).valid_radius(), kInfinity);
  EXPECT_EQ(RadialPolynomial({0, 0, 0, 0}, M_PI).valid_radius(), M_PI);
  // A turn that only the last coefficient makes: slope 1 - 7 r^6.
  EXPECT_NEAR(RadialPolynomial({0, 0, -1}, kInfinity).valid_radius(), std::pow(1.0 / 7, 1.0 / 6),
              1e-14);
}

TEST(RadialPolynomialTest, TheFirstOfTwoTurnsCounts) {
  // Slope (1 - s)(1 - s / 4) with s = r^2: 1 - 1.25 s + 0.25 s^2; it rises again beyond s = 4.
  EXPECT_NEAR(RadialPolynomial({-1.25 / 3, 0.25 / 5}, kInfinity).valid_radius(), 1, 1e-14);
}

TEST(RadialPolynomialTest, DerivativesAgreeWithDifferences) {
  const RadialPolynomial polynomial({-0.3, 0.1, 0.05, -0.02}, kInfinity);
  for (double r : {0.1, 0.5, 0.9}) {
    const auto f = [&](double radius) { return radius * polynomial.Scale(radius * radius); };
    constexpr double h = 1e-5;
    EXPECT_NEAR(polynomial.Slope(r * r), (f(r + h) - f(r - h)) / (2 * h), 1e-9);
    EXPECT_NEAR(polynomial.ScaleDerivative(r * r),
                (polynomial.Scale(r * r + h) - polynomial.Scale(r * r - h)) / (2 * h), 1e-9);
  }
}

TEST(RadialPolynomialTest, InvertUndoesIt) {
  for (const RadialPolynomial& polynomial :
       {RadialPolynomial({-0.28, 0.07}, kInfinity), RadialPolynomial({-1.0 / 12}, kInfinity),
        RadialPolynomial({0.5, 0.2, 0.1}, kInfinity),
        RadialPolynomial({-0.02, 0.01, -0.003, 0.0004}, M_PI)}) {
    const double limit = std::min(3.0, polynomial.valid_radius());
    for (int i = 0; i < 100; ++i) {
      const double radius = limit * i / 100;
      const auto inverse = polynomial.Invert(radius * polynomial.Scale(radius * radius));
      ASSERT_TRUE(inverse);
      EXPECT_NEAR(*inverse, radius, 1e-12);
    }
  }
}

TEST(RadialPolynomialTest, InvertHasNoAnswerBeyondTheTurn) {
  const RadialPolynomial polynomial({-1.0 / 12},
                                    kInfinity);  // its largest value: 2 (1 - 4 / 12) = 4 / 3
  EXPECT_TRUE(polynomial.Invert(1.333));
  EXPECT_FALSE(polynomial.Invert(1.334));
  EXPECT_FALSE(polynomial.Invert(-0.1));
  EXPECT_FALSE(polynomial.Invert(std::nan("")));
  EXPECT_FALSE(polynomial.Invert(kInfinity));
}

}  // namespace
}  // namespace nightjar
