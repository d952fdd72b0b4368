// SPDX-License-Identifier: Apache-2.0
#include "data/saturation_detector.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/fusion/scenario.h"

namespace nightjar {
namespace {

constexpr double kRate = 200;    // Hz
constexpr double kNoise = 0.01;  // 1 sigma
constexpr SaturationDetector::Limits kLimits = {0.2, 2};

// A swinging motion of amplitude 2 and 1 Hz, with noise, in steps of `quantum` (0: none).
std::vector<double> Swing(double seconds, double quantum) {
  NormalSource random(3);
  std::vector<double> values;
  for (int i = 0; i < static_cast<int>(seconds * kRate); ++i) {
    const double value = 2 * std::sin(2 * M_PI * i / kRate) + kNoise * random.Normal();
    values.push_back(quantum > 0 ? quantum * std::round(value / quantum) : value);
  }
  return values;
}

std::vector<size_t> Find(Saturation what, const std::vector<double>& values,
                         const SaturationDetector::Limits& limits = kLimits) {
  SaturationDetector detector(limits);
  std::vector<size_t> found;
  for (size_t i = 0; i < values.size(); ++i) {
    if (detector.Add(values[i]) == what) found.push_back(i);
  }
  return found;
}
std::vector<size_t> Clipped(const std::vector<double>& values,
                            const SaturationDetector::Limits& limits = kLimits) {
  return Find(Saturation::kClipped, values, limits);
}
std::vector<size_t> Stuck(const std::vector<double>& values) {
  return Find(Saturation::kStuck, values);
}

// Where `values` leave the range, and have done so for `lead` values already.
std::vector<size_t> Beyond(const std::vector<double>& values, double range, int lead) {
  std::vector<size_t> beyond;
  int run = 0;
  for (size_t i = 0; i < values.size(); ++i) {
    run = std::abs(values[i]) >= range ? run + 1 : 0;
    if (run > lead) beyond.push_back(i);
  }
  return beyond;
}

std::vector<double> Clip(std::vector<double> values, double range) {
  for (double& value : values) value = std::clamp(value, -range, range);
  return values;
}

TEST(SaturationDetector, FindsBothEndsOfTheRange) {
  const std::vector<double> values = Swing(6, 0);
  std::vector<size_t> found = Clipped(Clip(values, 1.2));
  std::vector<size_t> expected = Beyond(values, 1.2, 0);
  // At first it has not been seen yet how rare repetitions are.
  const auto early = [](size_t i) { return i < 1.5 * kRate; };
  EXPECT_LE(std::count_if(found.begin(), found.end(), early),
            std::count_if(expected.begin(), expected.end(), early));
  std::erase_if(found, early);
  std::erase_if(expected, early);
  EXPECT_EQ(found, expected);
  EXPECT_GT(expected.size(), 450U) << "4.5 periods, 0.59 of each beyond 1.2 of 2";
}

TEST(SaturationDetector, IsNotMisledByCoarseSteps) {
  // One sigma of noise a step; and at the turning points several equal values in a row, by chance.
  for (const double quantum : {0.01, 0.03, 0.1}) {
    const std::vector<double> values = Swing(60, quantum);
    EXPECT_TRUE(Clipped(values).empty() && Stuck(values).empty()) << quantum;
    const std::vector<size_t> found = Clipped(Clip(values, 1.2));
    const std::vector<size_t> expected = Beyond(values, 1.2, 0);
    EXPECT_LT(found.size(), expected.size()) << "with coarse steps it takes longer";
    EXPECT_GT(found.size(), 0.7 * static_cast<double>(expected.size())) << quantum;
    EXPECT_TRUE(std::includes(expected.begin(), expected.end(), found.begin(), found.end()));
  }
}

TEST(SaturationDetector, ABodyAtRestIsNotSaturated) {
  EXPECT_TRUE(Clipped(std::vector<double>(1000, 0.0)).empty());
  EXPECT_TRUE(Clipped(std::vector<double>(1000, 5.0)).empty()) << "never moved";
  std::vector<double> moved(500, 0.1);
  moved.push_back(0.05);
  moved.resize(1000, 0.1);
  EXPECT_TRUE(Clipped(moved).empty()) << "below what a body at rest may show";
  EXPECT_FALSE(Clipped(moved, {0.09, 2}).empty());
}

TEST(SaturationDetector, AConstantThatIsNoExtremeIsAMeasurement) {
  std::vector<double> values = Swing(4, 0);
  values.resize(values.size() + 6, 1.5);
  EXPECT_TRUE(Clipped(values).empty());
  values.resize(values.size() + 10, 2.5);
  EXPECT_EQ(Clipped(values).size(), 7U) << "ten values, from the fourth on";
}

TEST(SaturationDetector, AnEndThatWasFoundIsKnownUntilItIsPassed) {
  std::vector<double> values = Swing(3.25, 0);  // 650 values, up to 2
  values.resize(660, 2.5);
  const std::vector<double> between = Swing(0.5, 0);
  values.insert(values.end(), between.begin(), between.end());  // 760
  values.insert(values.end(), {1.5, 2.5, 2.6, 2.5, 2.4});
  const std::vector<size_t> expected = {653, 654, 655, 656, 657, 658, 659, 761};
  EXPECT_EQ(Clipped(values), expected) << "at once; 2.6 says that 2.5 was no end";
}

TEST(SaturationDetector, OfALeapToTheEndOfTheRangeNothingIsBelieved) {
  std::vector<double> values = Swing(2, 0);  // ends near 0
  values.resize(values.size() + 10, -35);
  const std::vector<double> again = Swing(1, 0);
  values.insert(values.end(), again.begin(), again.end());
  values.resize(values.size() + 2, -35);
  EXPECT_EQ(Stuck(values).size(), 12U);
  // A blow: one value is lost, those after it are no extremes, or no leaps.
  values = Swing(2, 0);
  values.insert(values.end(), {6, 7, 3, -5, -1, 5});
  EXPECT_EQ(Stuck(values), (std::vector<size_t>{400, 403}));
}

}  // namespace
}  // namespace nightjar
