// SPDX-License-Identifier: Apache-2.0
// Every filter against what its header says, written down as plainly as possible: whole histories
// in 64 bits, searched anew for every event.
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "isp/events/background_filter.h"
#include "isp/events/correlation_filter.h"
#include "isp/events/polarity_filter.h"
#include "isp/events/refractory_filter.h"
#include "isp/events/region_filter.h"
#include "isp/events/trail_filter.h"
#include "tests/isp/random_events.h"

namespace nightjar {
namespace {

struct Timed {
  int64_t t_us;
  int x, y;
  bool on;
  bool passed = false;
};
using History = std::vector<Timed>;

constexpr int kWidth = 13, kHeight = 7;

struct Case {
  std::string name;
  std::function<std::unique_ptr<EventFilter>()> make;
  /// Whether `event` passes, after what came before it.
  std::function<bool(const Timed& event, const History& before)> passes;
};
void PrintTo(const Case& c, std::ostream* out) { *out << c.name; }

/// The latest event before that is of interest, or nothing.
template <typename Wanted>
const Timed* Last(const History& before, Wanted wanted) {
  for (auto it = before.rbegin(); it != before.rend(); ++it) {
    if (wanted(*it)) return &*it;
  }
  return nullptr;
}

int RecentNeighbours(const Timed& event, const History& before, int64_t window_us) {
  int count = 0;
  for (int v = -1; v <= 1; ++v) {
    for (int u = -1; u <= 1; ++u) {
      if (u == 0 && v == 0) continue;
      const Timed* last =
          Last(before, [&](const Timed& b) { return b.x == event.x + u && b.y == event.y + v; });
      count += last != nullptr && event.t_us - last->t_us <= window_us ? 1 : 0;
    }
  }
  return count;
}

Case Correlation(int neighbours, int window_us) {
  return {"Correlation" + std::to_string(neighbours),
          [=] {
            return std::make_unique<CorrelationFilter>(
                CorrelationFilterOptions{1e-6 * window_us, neighbours}, kWidth, kHeight);
          },
          [=](const Timed& event, const History& before) {
            return RecentNeighbours(event, before, window_us) >= neighbours;
          }};
}

const auto kSamePixel = [](const Timed& a, const Timed& b) { return a.x == b.x && a.y == b.y; };

std::vector<Case> Cases() {
  return {
      {"Region",
       [] {
         return std::make_unique<RegionFilter>(RegionFilterOptions{3, 2, 9, 4});
       },
       [](const Timed& e, const History&) { return e.x >= 3 && e.x < 12 && e.y >= 2 && e.y < 6; }},
      {"PolarityOff", [] { return std::make_unique<PolarityFilter>(false); },
       [](const Timed& e, const History&) { return !e.on; }},
      {"Refractory",
       [] {
         return std::make_unique<RefractoryFilter>(RefractoryFilterOptions{4e-3}, kWidth, kHeight);
       },
       [](const Timed& e, const History& before) {
         const Timed* last =
             Last(before, [&](const Timed& b) { return kSamePixel(b, e) && b.passed; });
         return last == nullptr || e.t_us - last->t_us >= 4000;
       }},
      {"Background",
       [] {
         return std::make_unique<BackgroundFilter>(BackgroundFilterOptions{1e-3}, kWidth, kHeight);
       },
       [](const Timed& e, const History& before) {
         return RecentNeighbours(e, before, 1000) >= 1;
       }},
      Correlation(1, 1000),
      Correlation(2, 2000),
      Correlation(5, 3000),
      Correlation(8, 10000),
      {"Trail",
       [] { return std::make_unique<TrailFilter>(TrailFilterOptions{3e-3}, kWidth, kHeight); },
       [](const Timed& e, const History& before) {
         const Timed* last = Last(before, [&](const Timed& b) { return kSamePixel(b, e); });
         return last == nullptr || last->on != e.on || e.t_us - last->t_us > 3000;
       }},
  };
}

class EventFilterTest : public testing::TestWithParam<Case> {
 protected:
  /// Runs a new filter over packets, and checks each against the definition.
  void Compare(const std::vector<EventPacket>& packets) const {
    const auto filter = GetParam().make();
    const bool knows_sensor = GetParam().name != "PolarityOff";
    History history;
    size_t passed = 0, offered = 0;
    for (const EventPacket& packet : packets) {
      std::vector<Event> expected;
      for (const Event& event : packet.events) {
        Timed timed = {ToNanoseconds(packet.begin) / 1000 + event.time_us, event.x, event.y,
                       event.on != 0};
        if (knows_sensor && (event.x >= kWidth || event.y >= kHeight)) continue;
        timed.passed = GetParam().passes(timed, history);
        history.push_back(timed);
        if (timed.passed) expected.push_back(event);
      }
      std::vector<Event> events = packet.events;
      offered += events.size();
      events.resize(filter->Filter(events, packet.begin));
      passed += events.size();
      ASSERT_EQ(events, expected);
    }
    EXPECT_GT(passed, offered / 100) << "a test of nothing";
    EXPECT_LT(passed, offered - offered / 100) << "a test of nothing";
  }

  static EventPacket Packet(int64_t begin_us, std::vector<Event> events) {
    return {FromNanoseconds(begin_us * 1000), std::move(events)};
  }
};

TEST_P(EventFilterTest, DoesWhatItsHeaderSaysAcrossPackets) {
  Compare({Packet(0, RandomEvents(700, kWidth, kHeight, 30000, 1)), Packet(30000, {}),
           Packet(30000, RandomEvents(900, kWidth, kHeight, 40000, 2)),
           // Noise only, after a pause.
           Packet(5'000'000, RandomEvents(200, kWidth, kHeight, 300000, 3))});
}

TEST_P(EventFilterTest, KnowsTheTimeAcrossTheEndsOfItsBits) {
  // Packets that begin in front of 2^30, 2^31 and 2^32 us after the first one and end behind it,
  // the same before 1970, and one that is itself as long as can be.
  for (const int64_t first_us : {int64_t{0}, int64_t{-3'000'000'000}, int64_t{1} << 52}) {
    std::vector<EventPacket> packets;
    for (const int bits : {0, 30, 31, 32, 33, 40}) {
      const int64_t begin_us = first_us + (bits == 0 ? 0 : (int64_t{1} << bits) - 10000);
      packets.push_back(Packet(begin_us, RandomEvents(400, kWidth, kHeight, 20000, bits)));
    }
    std::vector<Event> ends = RandomEvents(300, kWidth, kHeight, 10000, 9);
    std::vector<Event> late = RandomEvents(300, kWidth, kHeight, 10000, 10);
    for (Event& event : late) event.time_us += 0xFFFFFFFF - 10000;
    ends.insert(ends.end(), late.begin(), late.end());
    packets.push_back(Packet(first_us + (int64_t{1} << 41), ends));
    packets.push_back(Packet(first_us + (int64_t{1} << 41) + 0xFFFFFFFF,
                             RandomEvents(300, kWidth, kHeight, 10000, 11)));
    Compare(packets);
  }
}

TEST_P(EventFilterTest, TakesNothingAndEventsFromNowhere) {
  const auto filter = GetParam().make();
  EXPECT_EQ(filter->Filter({}, FromNanoseconds(0)), 0U);
  std::vector<Event> outside;
  for (const auto& [x, y] : {std::pair(kWidth, 0), {0, kHeight}, {65535, 32767}, {65535, 0}}) {
    outside.push_back({5, static_cast<uint16_t>(x), static_cast<uint16_t>(y), 1});
  }
  EXPECT_EQ(filter->Filter(outside, FromNanoseconds(0)), 0U);
  // Times that fall are not promised any result, but no harm either.
  std::vector<Event> falling = RandomEvents(1000, kWidth, kHeight, 1000000, 4);
  std::reverse(falling.begin(), falling.end());
  filter->Filter(falling, FromNanoseconds(INT64_MAX));
  filter->Filter(falling, FromNanoseconds(INT64_MIN));
}

INSTANTIATE_TEST_SUITE_P(Every, EventFilterTest, testing::ValuesIn(Cases()),
                         [](const auto& test) { return test.param.name; });

TEST(EventFilters, WorkOnASensorOfOnePixel) {
  std::vector<Event> events(4);
  for (uint32_t i = 0; i < 4; ++i) events[i] = {i * 600, 0, 0, 1};
  const auto passed = [&](EventFilter&& filter) {
    std::vector<Event> copy = events;
    return filter.Filter(copy, {});
  };
  EXPECT_EQ(passed(BackgroundFilter({}, 1, 1)), 0U);
  EXPECT_EQ(passed(CorrelationFilter({}, 1, 1)), 0U);
  EXPECT_EQ(passed(RefractoryFilter({}, 1, 1)), 2U);
}

TEST(EventFilters, OptionsSayWhatIsWrong) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const double wrong : {0.0, 501.0, -1.0, nan}) {
    EXPECT_FALSE(RefractoryFilterOptions{wrong}.Validate());
    EXPECT_FALSE(BackgroundFilterOptions{wrong}.Validate());
    EXPECT_FALSE((CorrelationFilterOptions{wrong, 2}.Validate()));
    EXPECT_FALSE(TrailFilterOptions{wrong}.Validate());
  }
  EXPECT_FALSE((CorrelationFilterOptions{1e-3, 0}.Validate()));
  EXPECT_FALSE((CorrelationFilterOptions{1e-3, 9}.Validate()));
  EXPECT_TRUE((RegionFilterOptions{0, 0, 20, 10}.Validate(20, 10)));
  EXPECT_FALSE((RegionFilterOptions{1, 0, 20, 10}.Validate(20, 10)));
  EXPECT_FALSE((RegionFilterOptions{0, 1, 20, 10}.Validate(20, 10)));
  EXPECT_FALSE((RegionFilterOptions{-1, 0, 5, 5}.Validate(20, 10)));
  EXPECT_FALSE((RegionFilterOptions{0, 0, 0, 5}.Validate(20, 10)));
}

}  // namespace
}  // namespace nightjar
