// SPDX-License-Identifier: Apache-2.0
#include "core/portable_math.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace nightjar {
namespace {

// |value - truth| in units of the last place of the truth.
double Ulps(double value, long double truth) {
  const auto rounded = static_cast<double>(truth);
  const double ulp = std::nextafter(std::abs(rounded), std::numeric_limits<double>::infinity()) -
                     std::abs(rounded);
  return static_cast<double>(std::abs(static_cast<long double>(value) - truth) /
                             static_cast<long double>(ulp));
}

// 200,000 arguments over [-limit, limit], denser at zero.
template <typename F>
void ForArguments(double limit, F f) {
  constexpr int kSteps = 100'000;
  for (int i = -kSteps; i <= kSteps; ++i) {
    const double s = static_cast<double>(i) / kSteps;
    f(limit * s);
    f(limit * s * s * s * s * s);
  }
}

TEST(PortableMath, SineAndCosineAreWithinAnUlp) {
  for (const double limit : {0.8, 4.0, 100.0, 1e6}) {
    double worst = 0;
    ForArguments(limit, [&](double x) {
      worst = std::max(worst, Ulps(portable::Sin(x), sinl(static_cast<long double>(x))));
      worst = std::max(worst, Ulps(portable::Cos(x), cosl(static_cast<long double>(x))));
    });
    EXPECT_LT(worst, 1.0) << "up to " << limit;
  }
}

TEST(PortableMath, ArcTangentIsWithinAnUlp) {
  double worst = 0;
  ForArguments(30, [&](double x) {
    worst = std::max(worst, Ulps(portable::Atan(x), atanl(static_cast<long double>(x))));
  });
  EXPECT_LT(worst, 1.0);
  ForArguments(3.14, [&](double angle) {
    const double y = std::sin(angle), x = std::cos(angle);
    worst = std::max(worst, Ulps(portable::Atan2(y, x), atan2l(y, x)));
  });
  EXPECT_LT(worst, 1.6) << "one more rounding, of y / x";
}

TEST(PortableMath, ExponentialAndLogarithmAreWithinAnUlp) {
  double worst = 0;
  ForArguments(700, [&](double x) {
    worst = std::max(worst, Ulps(portable::Exp(x), expl(static_cast<long double>(x))));
  });
  EXPECT_LT(worst, 1.0);
  worst = 0;
  ForArguments(700, [&](double e) {
    const double x = std::exp(e);
    worst = std::max(worst, Ulps(portable::Log(x), logl(static_cast<long double>(x))));
  });
  EXPECT_LT(worst, 1.0);
}

TEST(PortableMath, TheEdges) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  EXPECT_TRUE(std::isnan(portable::Sin(kInfinity)));
  EXPECT_TRUE(std::isnan(portable::Exp(NAN)));
  EXPECT_EQ(portable::Exp(1000), kInfinity);
  EXPECT_EQ(portable::Exp(-1000), 0);
  EXPECT_EQ(portable::Exp(0), 1);
  EXPECT_EQ(portable::Log(0), -kInfinity);
  EXPECT_TRUE(std::isnan(portable::Log(-1)));
  EXPECT_EQ(portable::Log(1), 0);
  EXPECT_EQ(portable::Atan(kInfinity), std::atan(kInfinity));
  for (const double y : {-2.0, 0.0, 2.0}) {
    for (const double x : {-3.0, 0.0, 3.0}) EXPECT_EQ(portable::Atan2(y, x), std::atan2(y, x));
  }
  EXPECT_NEAR(portable::Sin(1e9), std::sin(1e9), 1e-6) << "beyond the exact reduction";
}

}  // namespace
}  // namespace nightjar
