// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numeric>
#include <utility>
#include <vector>

#include "isp/events/active_events.h"
#include "isp/events/grey_picture.h"
#include "isp/events/polarity_histogram.h"
#include "isp/events/speed_invariant_surface.h"
#include "isp/events/voxel_grid.h"
#include "tests/isp/random_events.h"

namespace nightjar {
namespace {

constexpr std::pair<int, int> kSizes[] = {{1, 1}, {7, 5}, {33, 17}};

template <typename T>
PlanarImage<T> Zeros(int width, int height, int planes) {
  PlanarImage<T> image(width, height, planes);
  std::fill_n(image.data(), image.number_of_elements(), T{0});
  return image;
}

int64_t Outside(const std::vector<Event>& events, int width, int height) {
  return std::count_if(events.begin(), events.end(),
                       [=](const Event& e) { return e.x >= width || e.y >= height; });
}

SensorTime Us(int64_t t_us) { return FromNanoseconds(t_us * 1000); }

TEST(PolarityHistogram, CountsEvents) {
  for (const auto& [width, height] : kSizes) {
    const std::vector<Event> events = RandomEvents(3000, width, height, 1000, 1);
    PlanarImage<uint16_t> histogram = Zeros<uint16_t>(width, height, 2);
    EXPECT_EQ(AddToHistogram(events, histogram).value(), Outside(events, width, height));
    EXPECT_EQ(AddToHistogram({}, histogram).value(), 0);
    histogram.for_each_element([&](int x, int y, int p) {
      ASSERT_EQ(histogram(x, y, p), std::count_if(events.begin(), events.end(), [&](auto& e) {
                  return e.x == x && e.y == y && e.on == p;
                }));
    });
  }
  PlanarImage<uint16_t> full = Zeros<uint16_t>(2, 1, 2);
  const std::vector<Event> many(70000, Event{0, 1, 0, 1});
  ASSERT_TRUE(AddToHistogram(many, full));
  EXPECT_EQ(full(1, 0, 1), 65535);
  PlanarImage<uint16_t> three = Zeros<uint16_t>(2, 1, 3);
  EXPECT_FALSE(AddToHistogram(many, three));
}

TEST(VoxelGrid, SharesEventsInTime) {
  const int64_t begin_us = (int64_t{1} << 40) + 5;
  for (const auto& [width, height] : kSizes) {
    for (const int planes : {1, 2, 5, 9}) {
      const std::vector<Event> events = RandomEvents(2000, width, height, 12000, 2);
      PlanarImage<float> grid = Zeros<float>(width, height, planes);
      const int64_t length_us = 9001;
      const auto outside = AddToVoxelGrid({Us(begin_us - 1000), events}, Us(begin_us),
                                          Us(begin_us + length_us), grid);
      ASSERT_TRUE(outside);
      std::vector<double> expected(grid.number_of_elements());
      int64_t expected_outside = 0;
      for (const Event& event : events) {
        const double t_us = event.time_us - 1000.0;
        if (event.x >= width || event.y >= height || t_us < 0 || t_us >= length_us) {
          ++expected_outside;
          continue;
        }
        const double s = (planes - 1) * t_us / length_us;
        for (int b = 0; b < planes; ++b)
          expected[static_cast<size_t>((b * height + event.y) * width + event.x)] +=
              (event.on ? 1 : -1) * std::max(0.0, 1 - std::abs(b - s));
      }
      EXPECT_EQ(*outside, expected_outside);
      grid.for_each_element([&](int x, int y, int b) {
        ASSERT_NEAR(grid(x, y, b), expected[static_cast<size_t>((b * height + y) * width + x)],
                    2e-3)
            << x << ", " << y << ", " << b << " of " << planes;
      });
    }
  }
  PlanarImage<float> grid = Zeros<float>(2, 2, 3);
  EXPECT_FALSE(AddToVoxelGrid({}, Us(5), Us(5), grid));
  EXPECT_FALSE(AddToVoxelGrid({}, Us(0), Us(int64_t{1} << 32), grid));
  EXPECT_TRUE(AddToVoxelGrid({}, Us(0), Us((int64_t{1} << 32) - 1), grid));
}

TEST(ActiveEvents, KnowsTheLatestOfEachPixelAndItsAge) {
  for (const auto& [width, height] : kSizes) {
    ActiveEvents active(width, height);
    // The second packet begins in front of the ends of 31 and 32 bits.
    const std::array<EventPacket, 3> packets = {
        {{Us(-100), RandomEvents(200, width, height, 50000, 3)},
         {Us(1'073'700'000), RandomEvents(100, width, height, 60000, 4)},
         {Us(1'073'760'000), RandomEvents(100, width, height, 30000, 5)}}};
    std::vector<int64_t> latest(static_cast<size_t>(2 * width * height), INT64_MIN);
    for (const EventPacket& packet : packets) {
      EXPECT_EQ(active.Add(packet), Outside(packet.events, width, height));
      for (const Event& e : packet.events) {
        if (e.x >= width || e.y >= height) continue;
        latest[static_cast<size_t>((e.on * height + e.y) * width + e.x)] =
            ToNanoseconds(packet.begin) / 1000 + e.time_us;
      }
    }
    const int64_t now_us = 1'073'788'000;
    PlanarImage<float> linear, exponential;
    ASSERT_TRUE(active.LinearSurface(Us(now_us), 0.04, linear));
    ASSERT_TRUE(active.ExponentialSurface(Us(now_us), 0.02, exponential));
    linear.for_each_element([&](int x, int y, int p) {
      const int64_t t_us = latest[static_cast<size_t>((p * height + y) * width + x)];
      const auto found = active.Latest(x, y, p == 1);
      // 2^30 us before the newest are forgotten.
      if (t_us < now_us - (1 << 30) + 10000) {
        EXPECT_TRUE(!found || *found == Us(t_us));
        EXPECT_EQ(linear(x, y, p), 0);
        EXPECT_EQ(exponential(x, y, p), 0);
        return;
      }
      EXPECT_EQ(found, Us(t_us)) << t_us;
      const double age_s = 1e-6 * static_cast<double>(std::max<int64_t>(now_us - t_us, 0));
      EXPECT_NEAR(linear(x, y, p), std::max(0.0, 1 - age_s / 0.04), 1e-6);
      EXPECT_NEAR(exponential(x, y, p), std::exp(-age_s / 0.02), 1e-6);
    });
    // Long after, and long before.
    ASSERT_TRUE(active.ExponentialSurface(Us(int64_t{1} << 50), 100, exponential));
    EXPECT_LT(*std::max_element(exponential.begin(), exponential.end()), 3e-5F);
    ASSERT_TRUE(active.LinearSurface(FromNanoseconds(INT64_MIN), 100, linear));
    EXPECT_FALSE(active.LinearSurface(Us(0), 0, linear));
    EXPECT_FALSE(active.ExponentialSurface(Us(0), std::nan(""), linear));
  }
}

TEST(SpeedInvariantSurface, IsItsAlgorithm) {
  for (const auto& [width, height] : kSizes) {
    for (const int radius : {1, 4, 5, 7}) {
      const std::vector<Event> events = RandomEvents(1500, width, height, 1000, 6);
      SpeedInvariantSurface surface({radius}, width, height);
      EXPECT_EQ(surface.Add(events), Outside(events, width, height));
      std::vector<int> expected(static_cast<size_t>(2 * width * height));
      const auto at = [&, w = width, h = height](int x, int y, int p) -> int& {
        return expected[static_cast<size_t>((p * h + y) * w + x)];
      };
      for (const Event& e : events) {
        if (e.x >= width || e.y >= height) continue;
        const int own = at(e.x, e.y, e.on);
        for (int y = std::max(e.y - radius, 0); y <= std::min(e.y + radius, height - 1); ++y) {
          for (int x = std::max(e.x - radius, 0); x <= std::min(e.x + radius, width - 1); ++x) {
            int& value = at(x, y, e.on);
            if (value >= own && value > 0) --value;
          }
        }
        at(e.x, e.y, e.on) = (2 * radius + 1) * (2 * radius + 1);
      }
      PlanarImage<uint8_t> values;
      surface.Surface(values);
      values.for_each_element(
          [&](int x, int y, int p) { ASSERT_EQ(values(x, y, p), at(x, y, p)) << x << ", " << y; });
    }
  }
  EXPECT_FALSE(SpeedInvariantSurfaceOptions{0}.Validate());
  EXPECT_FALSE(SpeedInvariantSurfaceOptions{8}.Validate());
}

TEST(SpeedInvariantSurface, LooksTheSameAtAnySpeedWhereATimeSurfaceDoesNot) {
  // A vertical edge goes by at 1000 and at 100 px/s.
  PlanarImage<uint8_t> fast, slow;
  for (const auto& [surface, us_per_px] : {std::pair(&fast, 1000U), {&slow, 10000U}}) {
    std::vector<Event> edge;
    for (uint16_t x = 0; x < 40; ++x) {
      for (uint16_t y = 0; y < 20; ++y) edge.push_back({x * us_per_px + y, x, y, 1});
    }
    SpeedInvariantSurface invariant({5}, 50, 20);
    EXPECT_EQ(invariant.Add(edge), 0);
    invariant.Surface(*surface);
  }
  EXPECT_TRUE(std::equal(fast.begin(), fast.end(), slow.begin()));
  // A ramp behind the edge, nothing in front of it.
  for (int x = 36; x < 40; ++x) EXPECT_GT(fast(x, 10, 1), fast(x - 1, 10, 1));
  EXPECT_EQ(fast(40, 10, 1), 0);
}

TEST(GreyPicture, CutsAtBlackAndWhite) {
  Image<float> image(3, 1);
  image(0, 0) = -3;
  image(1, 0) = 0.25F;
  image(2, 0) = 9;
  Image<uint8_t> picture;
  ASSERT_TRUE(ToGreyPicture(image, 50, 100, picture));
  EXPECT_EQ(picture(0, 0), 0);
  EXPECT_EQ(picture(1, 0), 113);
  EXPECT_EQ(picture(2, 0), 255);
  EXPECT_FALSE(ToGreyPicture(image, std::nan(""), 0, picture));
}

}  // namespace
}  // namespace nightjar
