// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/disparity_support.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <random>

namespace nightjar {
namespace {

template <typename Disparity>
DisparityMap MapOf(int width, int height, const Disparity& disparity) {
  DisparityMap map{Image<float>(width, height), FilledImage<float>(width, height, kNoDisparity)};
  map.disparity_px.for_each_element([&](int x, int y) {
    map.disparity_px(x, y) = disparity(x, y);
    if (IsKnown(map.disparity_px(x, y))) map.sigma_px(x, y) = 0.2F + 0.01F * static_cast<float>(x);
  });
  return map;
}

DisparityMap Judged(DisparityMap map, const RunTasks& run = RunInTurn) {
  JudgeBySupport(run, map);
  return map;
}

// As the header says it, pixel by pixel.
DisparitySupport SupportAt(const DisparityMap& map, int x, int y) {
  double pixels = 0, known = 0, squares = 0;
  for (int v = y - kSupportReach; v <= y + kSupportReach; ++v) {
    for (int u = x - kSupportReach; u <= x + kSupportReach; ++u) {
      if (u < 0 || v < 0 || u >= map.disparity_px.width() || v >= map.disparity_px.height())
        continue;
      ++pixels;
      if (!IsKnown(map.disparity_px(u, v))) continue;
      ++known;
      squares += std::pow(double{map.disparity_px(u, v)} - map.disparity_px(x, y), 2);
    }
  }
  return {1 - known / pixels, std::sqrt(squares / known)};
}

void ExpectAsPlain(const DisparityMap& map) {
  const DisparityMap judged = Judged(map);
  int kept = 0, dropped = 0;
  map.disparity_px.for_each_element([&](int x, int y) {
    const float d = map.disparity_px(x, y);
    const DisparitySupport support = IsKnown(d) ? SupportAt(map, x, y) : DisparitySupport{1, 0};
    if (support.unknown > kMostUnknown) {
      dropped += IsKnown(d) ? 1 : 0;
      ASSERT_EQ(judged.disparity_px(x, y), kNoDisparity) << x << " " << y;
      ASSERT_EQ(judged.sigma_px(x, y), kNoDisparity) << x << " " << y;
      return;
    }
    ++kept;
    ASSERT_EQ(judged.disparity_px(x, y), d) << x << " " << y;
    const double sigma = SupportedSigma(map.sigma_px(x, y), support);
    ASSERT_NEAR(judged.sigma_px(x, y), sigma, 0.03 * sigma) << x << " " << y;
  });
  EXPECT_GT(kept, 0);
  EXPECT_GT(dropped, 0);
}

// Levels in eighths, some of them unknown, in parts of the map more than elsewhere.
DisparityMap Scattered(int width, int height) {
  std::mt19937 random(7);
  return MapOf(width, height, [&](int x, int y) {
    const uint32_t of_100 = 5 + 40U * static_cast<uint32_t>(x) / static_cast<uint32_t>(width);
    if (random() % 100 < of_100) return kNoDisparity;
    return 20 + 0.125F * static_cast<float>(y) + 0.125F * static_cast<float>(random() % 16);
  });
}

TEST(DisparitySupport, IsThatOfThePlainProgramAtOddSizesAndBorders) {
  ExpectAsPlain(Scattered(61, 37));
  ExpectAsPlain(Scattered(33, 64));
}

TEST(DisparitySupport, HoldsWhereThePictureIsSmallerThanTheSquare) {
  ExpectAsPlain(Scattered(17, 9));
  ExpectAsPlain(Scattered(5, 40));
}

TEST(DisparitySupport, SumsOfTheLargestDisparitiesAreExact) {
  // From one side of the range to the other: RMS differences of up to 255 px.
  ExpectAsPlain(MapOf(70, 50, [](int x, int y) {
    if (x > 50 && (x + y) % 3 == 0) return kNoDisparity;
    return (x / 7 + y / 5) % 2 == 0 ? 0.0F : 255.0F;
  }));
}

TEST(DisparitySupport, KeepsASlantedPlane) {
  // A floor: 1 px in 5 rows.
  const DisparityMap map =
      MapOf(50, 45, [](int, int y) { return 3 + 0.2F * static_cast<float>(y); });
  const DisparityMap judged = Judged(map);
  judged.disparity_px.for_each_element(
      [&](int x, int y) { ASSERT_EQ(judged.disparity_px(x, y), map.disparity_px(x, y)); });
}

TEST(DisparitySupport, RefusesWhatIsKnownAmongUnknownPixelsOnly) {
  // A wall of which every third pixel is known, in one that is known: the wrong surface of a bare
  // patch, as the matcher gives it.
  const auto in_patch = [](int x, int y) { return x >= 40 && x < 80 && y >= 30 && y < 60; };
  const DisparityMap judged = Judged(MapOf(121, 91, [&](int x, int y) {
    return !in_patch(x, y) ? 20 : (x + y) % 3 == 0 ? 7 : kNoDisparity;
  }));
  judged.disparity_px.for_each_element([&](int x, int y) {
    // Of the square around a corner only a quarter is of the patch.
    const bool deep = in_patch(x - 2, y - 2) && in_patch(x + 2, y + 2);
    if (deep) {
      ASSERT_EQ(judged.disparity_px(x, y), kNoDisparity) << x << " " << y;
    }
  });
  EXPECT_EQ(judged.disparity_px(20, 45), 20);
  EXPECT_EQ(judged.disparity_px(39 - kSupportReach, 45), 20);
}

TEST(DisparitySupport, SigmaGrowsWithWhatIsUnknownAndSpread) {
  const double alone = SupportedSigma(0.3, {0, 0.3});
  EXPECT_GT(SupportedSigma(0.3, {0.1, 0.3}), 1.05 * alone);
  EXPECT_GT(SupportedSigma(0.3, {0, 1.2}), 1.5 * alone);
  EXPECT_GT(SupportedSigma(0.6, {0, 0.3}), 1.2 * alone);
}

TEST(DisparitySupport, IsTheSameHoweverTasksAreRun) {
  const DisparityMap map = Scattered(123, 77);
  const DisparityMap in_turn = Judged(map), together = Judged(map, RunTogether);
  const size_t bytes = map.disparity_px.number_of_elements() * sizeof(float);
  EXPECT_EQ(std::memcmp(in_turn.disparity_px.data(), together.disparity_px.data(), bytes), 0);
  EXPECT_EQ(std::memcmp(in_turn.sigma_px.data(), together.sigma_px.data(), bytes), 0);
}

}  // namespace
}  // namespace nightjar
