// SPDX-License-Identifier: Apache-2.0
// Filters that learn what fires steadily: hot pixels, lamps, too much of everything.
#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "isp/events/event_filter_chain.h"
#include "tests/isp/random_events.h"

namespace nightjar {
namespace {

void SortByTime(std::vector<Event>& events) {
  std::stable_sort(events.begin(), events.end(),
                   [](const Event& a, const Event& b) { return a.time_us < b.time_us; });
}

/// On-events and off-events in turn, `volley` at a time, half a period apart.
void AddFlicker(std::vector<Event>& events, uint16_t x, uint16_t y, double hz, double begin_s,
                double end_s, int volley = 3) {
  for (int half = 0; begin_s + half / (2 * hz) < end_s; ++half) {
    for (int i = 0; i < volley; ++i) {
      const double t_s = begin_s + half / (2 * hz) + i * 2e-4;
      events.push_back(
          {static_cast<uint32_t>(t_s * 1e6), x, y, static_cast<uint16_t>(half % 2 == 0 ? 1 : 0)});
    }
  }
}

template <typename Count>
auto CountOf(const std::vector<Event>& events, Count count) {
  return std::count_if(events.begin(), events.end(), count);
}

TEST(HotPixelFilter, LearnsHotPixelsAndForgetsThem) {
  // 2 Hz everywhere for 3 s; until 2 s hot pixels of 200 Hz: in a corner, at a border, and three
  // that touch.
  constexpr int kWidth = 31, kHeight = 17;
  const std::vector<std::pair<int, int>> hot = {{0, 0}, {30, 8}, {10, 10}, {11, 10}, {10, 11}};
  std::vector<Event> events = RandomEvents(2 * 3 * kWidth * kHeight, kWidth, kHeight, 3'000'000, 1);
  for (const auto& [x, y] : hot)
    AddFlicker(events, static_cast<uint16_t>(x), static_cast<uint16_t>(y), 50, 0.001, 2, 2);
  SortByTime(events);
  const std::vector<Event> all = events;
  HotPixelFilter filter({}, kWidth, kHeight);
  const auto until = [&](double t_s) {
    return static_cast<size_t>(CountOf(all, [&](const Event& e) { return e.time_us < t_s * 1e6; }));
  };
  const auto is_hot = [&](const Event& e) {
    return std::find(hot.begin(), hot.end(), std::pair<int, int>(e.x, e.y)) != hot.end();
  };
  // The first window starts with the first event; 20 ms more are surely in the second one.
  std::span<Event> rest(events);
  filter.Filter(rest.first(until(0.52)), {});
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const Event here = {0, static_cast<uint16_t>(x), static_cast<uint16_t>(y), 0};
      EXPECT_EQ(filter.IsHot(x, y), is_hot(here)) << x << ", " << y;
    }
  }
  const std::span<Event> second = rest.subspan(until(0.52), until(2) - until(0.52));
  const auto offered = CountOf({second.begin(), second.end()}, [&](const Event& e) {
    return !is_hot(e) && e.x < kWidth && e.y < kHeight;
  });
  EXPECT_EQ(filter.Filter(second, {}), static_cast<size_t>(offered));
  filter.Filter(rest.subspan(until(2)), {});
  EXPECT_FALSE(filter.IsHot(0, 0)) << "it has been quiet for a window";
}

TEST(HotPixelFilter, LeavesWhatNeighboursSeeToo) {
  // A lamp on 4 x 4 pixels, and a sensor that is busy everywhere.
  std::vector<Event> lamp;
  for (uint16_t y = 3; y < 7; ++y) {
    for (uint16_t x = 3; x < 7; ++x) AddFlicker(lamp, x, y, 100, 0, 1.2);
  }
  SortByTime(lamp);
  std::vector<Event> busy = RandomEvents(60000, 10, 10, 1'200'000, 5, false);
  for (std::vector<Event>* events : {&lamp, &busy}) {
    HotPixelFilter filter({}, 10, 10);
    EXPECT_EQ(filter.Filter(*events, {}), events->size());
  }
}

TEST(FlickerFilter, DropsPeriodsInItsBandOnly) {
  for (const double hz : {20.0, 40.0, 60.0, 100.0, 120.0, 300.0, 450.0, 700.0, 1000.0}) {
    std::vector<Event> events;
    AddFlicker(events, 4, 2, hz, 0, 1, 2);
    SortByTime(events);
    FlickerFilter filter({}, 9, 5);
    const double passed = static_cast<double>(filter.Filter(events, FromNanoseconds(-400'000'000)));
    const double periods = passed / 4;
    if (hz >= 50 && hz <= 500) {
      // One to know a first period, one to expect it, four alike; the pixel rises once more.
      EXPECT_GE(periods, 5) << hz;
      EXPECT_LE(periods, 8) << hz;
    } else {
      EXPECT_EQ(passed, static_cast<double>(events.size())) << hz;
    }
  }
}

TEST(FlickerFilter, IsNotUndoneByNoiseAndEndsWithTheLamp) {
  // Every pixel sees 100 Hz for a second and 5 Hz of noise; then, after 50 ms, an edge.
  constexpr int kSide = 20;
  std::vector<Event> events = RandomEvents(5 * kSide * kSide, kSide, kSide, 1'000'000, 3, false);
  for (uint16_t y = 0; y < kSide; ++y) {
    for (uint16_t x = 0; x < kSide; ++x) {
      AddFlicker(events, x, y, 100, 0, 1);
      events.push_back({1'050'000, x, y, 1});
    }
  }
  SortByTime(events);
  const double lamp = static_cast<double>(events.size());
  FlickerFilter filter({}, kSide, kSide);
  events.resize(filter.Filter(events, {}));
  const auto edge = CountOf(events, [](const Event& e) { return e.time_us == 1'050'000; });
  EXPECT_EQ(edge, kSide * kSide);
  EXPECT_LT(static_cast<double>(events.size()), 0.15 * lamp);
  EXPECT_GT(static_cast<double>(events.size()), 0.04 * lamp) << "it cannot know before 5 periods";
}

TEST(FlickerFilter, PassesNoiseAndTexture) {
  // Pixels of 5 to 500 Hz at random have no period.
  for (const int rate : {5, 50, 500}) {
    std::vector<Event> events = RandomEvents(rate * 400, 20, 20, 1'000'000, 7, false);
    const auto offered = static_cast<double>(events.size());
    FlickerFilter filter({}, 20, 20);
    EXPECT_GT(static_cast<double>(filter.Filter(events, {})), 0.97 * offered) << rate;
  }
}

TEST(RateFilter, HoldsItsRateAndSpreadsWhatPasses) {
  // 1 M/s for 10 ms, then ten times as much for 10 ms, then a tenth; 2 M/s are allowed.
  std::vector<Event> events = RandomEvents(10000, 64, 64, 10000, 1, false);
  std::vector<Event> many = RandomEvents(100000, 64, 64, 10000, 2, false);
  std::vector<Event> few = RandomEvents(1000, 64, 64, 10000, 3, false);
  events[0].time_us = 0;
  for (Event& event : many) event.time_us += 10000;
  for (Event& event : few) event.time_us += 20000;
  events.insert(events.end(), many.begin(), many.end());
  events.insert(events.end(), few.begin(), few.end());
  RateFilter filter({2e6, 1e-3});
  events.resize(filter.Filter(events, FromNanoseconds(123'456'000)));
  std::vector<int> per_ms(30), per_quarter(120);
  for (const Event& event : events) {
    ++per_ms[event.time_us / 1000];
    ++per_quarter[event.time_us / 250];
  }
  for (size_t ms = 0; ms < 30; ++ms) EXPECT_LE(per_ms[ms], 2000) << ms;
  EXPECT_EQ(std::accumulate(per_ms.begin(), per_ms.begin() + 10, 0), 10000) << "nothing to limit";
  for (size_t ms = 11; ms < 20; ++ms) {
    EXPECT_GT(per_ms[ms], 1850) << ms;
    for (size_t i = 4 * ms; i < 4 * ms + 4; ++i) EXPECT_NEAR(per_quarter[i], 500, 60) << i;
  }
  // The first window of few is still thinned as those before; no other one.
  EXPECT_GE(std::accumulate(per_ms.begin() + 21, per_ms.end(), 0), 850);
}

std::vector<Event> Sample() {
  std::vector<Event> events = RandomEvents(60000, 33, 19, 400'000, 8);
  AddFlicker(events, 20, 10, 100, 0, 0.4);
  SortByTime(events);
  return events;
}

TEST(EventFilterChain, IsItsFiltersOneAfterTheOtherHoweverPacketsAreCut) {
  EventFilterChainOptions options;
  options.region = RegionFilterOptions{1, 2, 30, 16};
  options.hot_pixels = HotPixelFilterOptions{0.1, 100, 2};
  options.flicker = FlickerFilterOptions{};
  options.refractory = RefractoryFilterOptions{2e-4};
  options.background = BackgroundFilterOptions{1e-3};
  options.correlation = CorrelationFilterOptions{2e-3, 2};
  options.trail = TrailFilterOptions{1e-3};
  options.polarity = true;
  options.rate = RateFilterOptions{3e4, 1e-2};
  std::vector<Event> expected = Sample();
  const auto run = [&](EventFilter&& filter) { expected.resize(filter.Filter(expected, {})); };
  run(RegionFilter({0, 0, 33, 19}));
  const auto on_sensor = static_cast<int64_t>(expected.size());
  run(RegionFilter(*options.region));
  run(HotPixelFilter(*options.hot_pixels, 33, 19));
  run(FlickerFilter(*options.flicker, 33, 19));
  run(RefractoryFilter(*options.refractory, 33, 19));
  run(BackgroundFilter(*options.background, 33, 19));
  run(CorrelationFilter(*options.correlation, 33, 19));
  run(TrailFilter(*options.trail, 33, 19));
  std::erase_if(expected, [](const Event& e) { return e.on == 0; });
  run(RateFilter(*options.rate));
  ASSERT_GT(expected.size(), 1000U);
  for (const size_t piece : {size_t{1000000}, size_t{7777}, size_t{1}}) {
    auto chain = EventFilterChain::Create(options, 33, 19);
    ASSERT_TRUE(chain);
    std::vector<Event> events = Sample(), passed;
    for (size_t i = 0; i < events.size(); i += piece) {
      const std::span<Event> some =
          std::span(events).subspan(i, std::min(piece, events.size() - i));
      const size_t kept = chain->Filter(some, {});
      passed.insert(passed.end(), some.begin(), some.begin() + static_cast<ptrdiff_t>(kept));
    }
    EXPECT_EQ(passed, expected);
    const auto counts = chain->counts();
    ASSERT_EQ(counts.size(), 10U);
    EXPECT_STREQ(counts[0].filter, "sensor");
    EXPECT_EQ(counts[0].offered, static_cast<int64_t>(events.size()));
    EXPECT_EQ(counts[0].passed, on_sensor);
    EXPECT_EQ(counts[9].passed, static_cast<int64_t>(expected.size()));
    for (size_t i = 1; i < counts.size(); ++i) EXPECT_EQ(counts[i].offered, counts[i - 1].passed);
  }
}

TEST(EventFilterChain, RefusesWhatIsWrong) {
  EXPECT_TRUE(EventFilterChain::Create({}, 65536, 1));
  EXPECT_FALSE(EventFilterChain::Create({}, 0, 1));
  EXPECT_FALSE(EventFilterChain::Create({}, 65537, 1));
  EXPECT_FALSE(EventFilterChain::Create({}, 1, 32769));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EventFilterChainOptions options;
  options.rate = RateFilterOptions{100, 1e-3};
  const auto rate = EventFilterChain::Create(options, 10, 10);
  ASSERT_FALSE(rate);
  EXPECT_THAT(rate.error().Message(), testing::HasSubstr("rate filter"));
  options.rate.reset();
  options.region = RegionFilterOptions{5, 5, 6, 1};
  EXPECT_FALSE(EventFilterChain::Create(options, 10, 10));
  EXPECT_FALSE((HotPixelFilterOptions{nan, 25, 8}.Validate()));
  EXPECT_FALSE((HotPixelFilterOptions{0.5, nan, 8}.Validate()));
  EXPECT_FALSE((HotPixelFilterOptions{0.5, 25, 1}.Validate()));
  EXPECT_FALSE((FlickerFilterOptions{500, 50, 4, 0.15}.Validate()));
  EXPECT_FALSE((FlickerFilterOptions{10, 500, 4, 0.15}.Validate()));
  EXPECT_FALSE((FlickerFilterOptions{50, 500, 31, 0.15}.Validate()));
  EXPECT_FALSE((FlickerFilterOptions{50, 500, 4, nan}.Validate()));
  EXPECT_FALSE((RateFilterOptions{nan, 1e-3}.Validate()));
}

}  // namespace
}  // namespace nightjar
