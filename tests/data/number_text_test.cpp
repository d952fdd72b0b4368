// SPDX-License-Identifier: Apache-2.0
#include "data/number_text.h"

#include <gtest/gtest.h>

#include <optional>

namespace nightjar::number_text {
namespace {

TEST(NumberTextTest, DoublesMustBeWholeAndFinite) {
  EXPECT_EQ(ParseDouble("-0.25"), -0.25);
  EXPECT_EQ(ParseDouble("+1e3"), 1000);
  EXPECT_EQ(ParseDouble("9.2182509999999986"), 9.2182509999999986);
  for (const char* bad : {"", " 1", "1 ", "1,5", "0x10", "nan", "-nan", "inf", "-inf", "1e999",
                          "--1", "+-1", "+", "abc", "1.2.3"}) {
    EXPECT_EQ(ParseDouble(bad), std::nullopt) << bad;
  }
}

TEST(NumberTextTest, UnsignedIsDigitsOnly) {
  EXPECT_EQ(ParseUnsigned("0"), 0);
  EXPECT_EQ(ParseUnsigned("1403636579758555392"), 1403636579758555392);
  EXPECT_EQ(ParseUnsigned("9223372036854775807"), INT64_MAX);
  for (const char* bad : {"", "-1", "+1", "1.0", "1e18", "9223372036854775808", "12a", " 1"}) {
    EXPECT_EQ(ParseUnsigned(bad), std::nullopt) << bad;
  }
}

TEST(NumberTextTest, SecondsAreExactToTheNanosecond) {
  EXPECT_EQ(ParseSecondsToNanoseconds("1403636580.83856"), 1403636580838560000);
  EXPECT_EQ(ParseSecondsToNanoseconds("1403636580.838560104"), 1403636580838560104);
  EXPECT_EQ(ParseSecondsToNanoseconds("1403636580"), 1403636580000000000);
  EXPECT_EQ(ParseSecondsToNanoseconds("0.000000001"), 1);
  EXPECT_EQ(ParseSecondsToNanoseconds(".5"), 500000000);
  EXPECT_EQ(ParseSecondsToNanoseconds("5."), 5000000000);
  EXPECT_EQ(ParseSecondsToNanoseconds("+2"), 2000000000);
}

TEST(NumberTextTest, SecondsTakeExponents) {
  EXPECT_EQ(ParseSecondsToNanoseconds("1.403636580838560104e+09"), 1403636580838560104);
  EXPECT_EQ(ParseSecondsToNanoseconds("14036365808385601.04E-7"), 1403636580838560104);
  EXPECT_EQ(ParseSecondsToNanoseconds("1e-9"), 1);
  EXPECT_EQ(ParseSecondsToNanoseconds("0e0"), 0);
}

TEST(NumberTextTest, SecondsAreRoundedHalfUp) {
  EXPECT_EQ(ParseSecondsToNanoseconds("0.0000000014"), 1);
  EXPECT_EQ(ParseSecondsToNanoseconds("0.0000000015"), 2);
  EXPECT_EQ(ParseSecondsToNanoseconds("0.9999999999"), 1000000000);
  EXPECT_EQ(ParseSecondsToNanoseconds("5e-10"), 1);
  EXPECT_EQ(ParseSecondsToNanoseconds("4e-10"), 0);
  EXPECT_EQ(ParseSecondsToNanoseconds("9e-11"), 0);
}

TEST(NumberTextTest, WhatIsNoTimeIsRefused) {
  for (const char* bad : {"", ".", "-1.5", "1.2.3", "1e", "1e+", "1e+-3", "1e9999", "1s", "nan",
                          "inf", " 1", "1 ", "9223372037", "1e30"}) {
    EXPECT_EQ(ParseSecondsToNanoseconds(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace nightjar::number_text
