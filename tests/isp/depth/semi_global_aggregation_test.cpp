// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/semi_global_aggregation.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <thread>

#include "isp/depth/row_kernels.h"
#include "tests/isp/depth/plain_aggregation.h"

namespace nightjar {
namespace {

Image<uint8_t> RandomGuide(int width, int height) {
  Image<uint8_t> guide(width, height);
  uint32_t state = 7;
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      state = state * 1664525 + 1013904223;
      guide(x, y) = static_cast<uint8_t>((state >> 24) / 4);
    }
  }
  return guide;
}

void ExpectPlain(const LevelMap& map, const RandomCosts& costs, const std::vector<int>& sums,
                 int paths, const std::string& name) {
  const int width = costs.width(), levels = costs.levels();
  const float scale = 1.0F / static_cast<float>(paths);
  for (int y = 0; y < costs.height(); ++y) {
    for (int x = 0; x < width; ++x) {
      const int* s = &sums[(static_cast<size_t>(y) * width + x) * levels];
      const int best = static_cast<int>(std::min_element(s, s + levels) - s);
      int second = 65535;
      for (int d = 0; d < levels; ++d) {
        if (std::abs(d - best) > 1) second = std::min(second, s[d]);
      }
      float level = static_cast<float>(best), curvature = 0;
      if (best > 0 && best + 1 < levels) {
        const int bend = s[best - 1] + s[best + 1] - 2 * s[best];
        curvature = 0.5F * scale * static_cast<float>(bend);
        if (bend > 0) level += 0.5F * static_cast<float>(s[best - 1] - s[best + 1]) / bend;
      }
      ASSERT_EQ(map.level(x, y), level) << name << " at " << x << ", " << y;
      ASSERT_EQ(map.cost(x, y), scale * static_cast<float>(s[best])) << name;
      ASSERT_EQ(map.curvature(x, y), curvature) << name;
      ASSERT_EQ(map.margin(x, y), scale * static_cast<float>(second - s[best])) << name;
    }
    for (int x = 0; x < width; ++x) {  // the other picture's
      int best = -1, least = 65535;
      for (int d = levels - 1; d >= 0; --d) {
        if (x + d >= width) continue;
        const int sum = sums[(static_cast<size_t>(y) * width + x + d) * levels + d];
        if (sum <= least) least = sum, best = d;
      }
      ASSERT_EQ(map.other_level(x, y), best) << name << " at " << x << ", " << y;
    }
  }
}

struct Size {
  int width, height, levels, paths;
};

class SemiGlobalAggregation : public testing::TestWithParam<Size> {};

TEST_P(SemiGlobalAggregation, OfEveryKernelIsThatOfAPlainOne) {
  const auto [width, height, levels, paths] = GetParam();
  const RandomCosts costs(width, height, levels, 3);
  const Image<uint8_t> guide = RandomGuide(width, height);
  for (const auto& [small, large, edge] :
       {std::array{5, 63, 10}, std::array{60, 63, 60}, std::array{1, 2, 1}}) {
    SemiGlobalOptions options;
    options.paths = paths;
    options.small_step = small;
    options.large_step = large;
    options.large_step_at_edge = edge;
    const std::vector<int> sums = PlainSums(costs, guide, options);
    const RowKernelList list = AvailableRowKernels();
    for (int k = 0; k < list.count; ++k) {
      LargeBlock memory;
      LevelMap map;
      const Status status = AggregateSemiGlobally(costs, guide, options, true, RunInTurn,
                                                  *list.kernels[k], memory, map);
      ASSERT_TRUE(status.has_value()) << status.error().Message();
      ExpectPlain(map, costs, sums, paths, list.kernels[k]->name);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Sizes, SemiGlobalAggregation,
                         testing::Values(Size{37, 23, 64, 8}, Size{37, 23, 64, 4},
                                         Size{5, 41, 2, 8}, Size{1, 1, 3, 8}, Size{1, 9, 65, 8},
                                         Size{9, 1, 65, 4}, Size{70, 11, 129, 8},
                                         Size{13, 13, 63, 8}, Size{40, 8, 256, 8},
                                         Size{3, 3, 17, 8}));

bool Same(const LevelMap& a, const LevelMap& b) {
  const auto same = [](const auto& one, const auto& other) {
    return one.size_in_bytes() == other.size_in_bytes() &&
           std::memcmp(one.data(), other.data(), one.size_in_bytes()) == 0;
  };
  return same(a.level, b.level) && same(a.cost, b.cost) && same(a.curvature, b.curvature) &&
         same(a.margin, b.margin) && same(a.other_level, b.other_level);
}

TEST(SemiGlobalAggregationInStrips, GivesTheSameBytesInTheMemoryThatIsGiven) {
  const RandomCosts costs(130, 301, 128, 5);
  const Image<uint8_t> guide = RandomGuide(130, 301);
  SemiGlobalOptions whole, strips, few, four;
  strips.most_bytes = size_t{3} << 20;  // of 5.0 MB
  few.most_bytes = size_t{1500} << 10;
  const auto threads = [](std::span<const std::function<void()>> tasks) {
    std::vector<std::jthread> running;
    for (const auto& task : tasks) running.emplace_back(task);
  };
  const auto expected = AggregateSemiGlobally(costs, guide, whole, true);
  ASSERT_TRUE(expected.has_value());
  LevelMap map;
  for (const SemiGlobalOptions& options : {whole, strips, few}) {
    for (const RunTasks& run : {RunTasks(RunInTurn), RunTasks(threads)}) {
      LargeBlock memory;
      const Status status =
          AggregateSemiGlobally(costs, guide, options, true, run, BestRowKernels(), memory, map);
      ASSERT_TRUE(status.has_value()) << status.error().Message();
      EXPECT_TRUE(Same(map, *expected));
      EXPECT_GT(memory.bytes(), size_t{1} << 20);
      EXPECT_LE(memory.bytes(), options.most_bytes);
    }
  }
  four.paths = 4;
  const auto four_whole = AggregateSemiGlobally(costs, guide, four, true);
  four.most_bytes = few.most_bytes;
  const auto four_strips = AggregateSemiGlobally(costs, guide, four, true);
  ASSERT_TRUE(four_whole.has_value() && four_strips.has_value());
  EXPECT_TRUE(Same(*four_whole, *four_strips));
}

TEST(SemiGlobalAggregationInStrips, RefusesWhatNeedsMoreMemoryAndSaysHowMuch) {
  const RandomCosts costs(130, 301, 128, 5);
  const Image<uint8_t> guide = RandomGuide(130, 301);
  SemiGlobalOptions options;
  options.most_bytes = size_t{1} << 20;
  const auto map = AggregateSemiGlobally(costs, guide, options, true);
  ASSERT_FALSE(map.has_value());
  EXPECT_EQ(map.error().kind, ErrorKind::kUsage);
  options.most_bytes = LeastBytesOfSums(130, 301, 128, options.paths);
  EXPECT_THAT(map.error().Message(), testing::HasSubstr(": " + std::to_string(options.most_bytes)));
  EXPECT_LT(options.most_bytes, size_t{1500} << 10);
  EXPECT_TRUE(AggregateSemiGlobally(costs, guide, options, true).has_value());
  --options.most_bytes;
  EXPECT_FALSE(AggregateSemiGlobally(costs, guide, options, true).has_value());
}

TEST(SemiGlobalAggregation, SaysHowFarItIsAndEndsWhenAsked) {
  const RandomCosts costs(130, 301, 128, 5);
  const Image<uint8_t> guide = RandomGuide(130, 301);
  for (const size_t bytes : {size_t{320} << 20, size_t{3} << 20, size_t{1500} << 10}) {
    SemiGlobalOptions options;
    options.most_bytes = bytes;
    std::vector<int64_t> seen;
    options.look = [&](int64_t rows, int64_t of) {
      EXPECT_EQ(of, 301);
      seen.push_back(rows);
      return Status{};
    };
    ASSERT_TRUE(AggregateSemiGlobally(costs, guide, options, true).has_value());
    ASSERT_GE(seen.size(), 2u);
    EXPECT_TRUE(std::ranges::is_sorted(seen));
    EXPECT_GT(seen.front(), 0);
    EXPECT_EQ(seen.back(), 301);
    for (const int64_t last : seen) {
      options.look = [&](int64_t rows, int64_t /*of*/) {
        EXPECT_LE(rows, last) << "it was told to end";
        return rows == last ? Status(Fail(ErrorKind::kNoAnswer, "enough")) : Status{};
      };
      const auto ended = AggregateSemiGlobally(costs, guide, options, true);
      ASSERT_FALSE(ended.has_value());
      EXPECT_EQ(ended.error().what, "enough");
    }
  }
}

TEST(SemiGlobalAggregationInStrips, AreNotForFewRowsThatFitWhole) {
  // Two strips' sums would be 32 rows.
  const RandomCosts costs(600, 16, 128, 5);
  SemiGlobalOptions options;
  options.most_bytes = LeastBytesOfSums(600, 16, 128, options.paths);
  EXPECT_EQ(options.most_bytes, size_t{600} * 16 * 128);
  EXPECT_TRUE(AggregateSemiGlobally(costs, RandomGuide(600, 16), options, true).has_value());
  --options.most_bytes;
  const auto map = AggregateSemiGlobally(costs, RandomGuide(600, 16), options, true);
  ASSERT_FALSE(map.has_value());
  EXPECT_THAT(map.error().Message(), testing::HasSubstr("1228800"));
}

TEST(SemiGlobalAggregationErrors, NameWhatIsWrong) {
  const RandomCosts costs(20, 20, 64, 5);
  const Image<uint8_t> guide = RandomGuide(20, 20);
  const auto refused = [&](auto change, const std::string& what) {
    SemiGlobalOptions options;
    change(options);
    const auto map = AggregateSemiGlobally(costs, guide, options, true);
    ASSERT_FALSE(map.has_value());
    EXPECT_EQ(map.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(map.error().Message(), testing::HasSubstr(what));
  };
  refused([](auto& o) { o.paths = 5; }, "paths");
  refused([](auto& o) { o.small_step = 0; }, "small_step");
  refused([](auto& o) { o.large_step = 64; }, "large_step");
  refused([](auto& o) { o.large_step_at_edge = 4; }, "large_step_at_edge");
  refused([](auto& o) { o.edge_contrast = 0; }, "edge_contrast");
  refused([](auto& o) { o.most_bytes = 1000; }, "most_bytes");
  const auto map = AggregateSemiGlobally(costs, RandomGuide(19, 20), {}, true);
  ASSERT_FALSE(map.has_value());
  EXPECT_THAT(map.error().Message(), testing::HasSubstr("guide"));
}

}  // namespace
}  // namespace nightjar
