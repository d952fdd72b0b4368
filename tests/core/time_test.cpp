// SPDX-License-Identifier: Apache-2.0
#include "core/time.h"

#include <gtest/gtest.h>

namespace nightjar {
namespace {

TEST(TimeTest, NanosecondsSurviveAtTodaysDate) {
  constexpr int64_t kNow = 1403636584763555584;
  EXPECT_EQ(ToNanoseconds(FromNanoseconds(kNow)), kNow);
  EXPECT_EQ(ToNanoseconds(FromNanoseconds(kNow + 1)) - ToNanoseconds(FromNanoseconds(kNow)), 1);
}

TEST(TimeTest, DifferencesAreExactSeconds) {
  const SensorTime a = FromNanoseconds(1403636584763555584);
  EXPECT_EQ(ToSeconds(FromNanoseconds(1403636584813555584) - a), 0.05);
  EXPECT_EQ(ToSeconds(a - FromNanoseconds(1403636585763555584)), -1.0);
}

TEST(TimeTest, SecondsAreRoundedToTheNearestNanosecond) {
  EXPECT_EQ(FromSeconds(0.0049999999).count(), 5000000);
  EXPECT_EQ(FromSeconds(1.4e-9).count(), 1);
  EXPECT_EQ(FromSeconds(1.6e-9).count(), 2);
  EXPECT_EQ(FromSeconds(-1.6e-9).count(), -2);
}

TEST(TimeTest, SecondsSurviveARoundTrip) {
  for (double seconds : {0.0, 0.005, 1.0 / 3, 86400.0, -12.5}) {
    EXPECT_NEAR(ToSeconds(FromSeconds(seconds)), seconds, 0.5e-9);
  }
}

}  // namespace
}  // namespace nightjar
