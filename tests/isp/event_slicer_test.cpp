// SPDX-License-Identifier: Apache-2.0
#include "isp/events/event_slicer.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "tests/isp/random_events.h"

namespace nightjar {
namespace {

struct Told {
  int64_t begin_us, end_us;
  std::vector<Event> events;
};

int64_t Us(SensorTime time) { return ToNanoseconds(time) / 1000; }
SensorTime FromUs(int64_t t_us) { return FromNanoseconds(t_us * 1000); }

/// Cuts packets of at most `piece` events.
std::vector<Told> Slice(const EventSlicerOptions& options, int width, int height,
                        const EventPacket& packet, size_t piece = 1000) {
  EXPECT_TRUE(options.Validate());
  EventSlicer slicer(options, width, height);
  std::vector<Told> told;
  const auto take = [&](const EventSlice& slice) {
    EXPECT_EQ(slice.begin, slice.events.begin);
    told.push_back(
        {Us(slice.begin), Us(slice.end), {slice.events.events.begin(), slice.events.events.end()}});
  };
  for (size_t i = 0; i < packet.events.size(); i += piece) {
    const auto some =
        std::span(packet.events).subspan(i, std::min(piece, packet.events.size() - i));
    slicer.Add({packet.begin, some}, take);
  }
  slicer.Finish(take);
  slicer.Finish(take);
  return told;
}

/// All events of the sensor are in one slice each, in their order, within its times, which overlap
/// by so much at most.
void ExpectWhole(const std::vector<Told>& told, const EventPacket& packet, int width, int height,
                 int64_t overlap_us = 0) {
  std::vector<Event> events;
  for (size_t i = 0; i < told.size(); ++i) {
    EXPECT_FALSE(told[i].events.empty());
    EXPECT_LT(told[i].begin_us, told[i].end_us);
    if (i > 0) {
      EXPECT_GE(told[i].begin_us, told[i - 1].end_us - overlap_us);
    }
    for (Event event : told[i].events) {
      EXPECT_LT(told[i].begin_us + event.time_us, told[i].end_us);
      event.time_us += static_cast<uint32_t>(told[i].begin_us - Us(packet.begin));
      events.push_back(event);
    }
  }
  std::vector<Event> expected = packet.events;
  std::erase_if(expected, [&](const Event& e) { return e.x >= width || e.y >= height; });
  EXPECT_EQ(events, expected);
}

TEST(EventSlicer, CutsByTimeOnAGrid) {
  EventSlicerOptions options;
  options.by = EventSlicing::kTime;
  options.duration_s = 1e-3;
  EventPacket packet = {FromUs(-5'000'000'000), RandomEvents(3000, 31, 20, 20000, 1)};
  std::erase_if(packet.events,
                [](const Event& e) { return e.time_us > 7000 && e.time_us < 11500; });
  const std::vector<Told> told = Slice(options, 31, 20, packet);
  ExpectWhole(told, packet, 31, 20);
  EXPECT_EQ(told.size(), 20U - 4U);
  for (const Told& slice : told) {
    EXPECT_EQ((slice.begin_us - told[0].begin_us) % 1000, 0);
    if (&slice != &told.back()) {
      EXPECT_EQ(slice.end_us - slice.begin_us, 1000);
    }
  }
}

TEST(EventSlicer, CutsByCountOrWhenItLastsTooLong) {
  EventSlicerOptions options;
  options.by = EventSlicing::kCount;
  options.count = 250;
  options.longest_s = 4e-3;
  EventPacket packet = {FromUs(77), RandomEvents(3000, 31, 20, 20000, 2)};
  for (Event& event : packet.events) {
    if (event.time_us > 10000) event.time_us += 100000;  // a pause
  }
  for (const size_t piece : {size_t{1}, size_t{1000}}) {
    const std::vector<Told> told = Slice(options, 31, 20, packet, piece);
    ExpectWhole(told, packet, 31, 20, 1);
    // One before the pause and the last one have less.
    EXPECT_EQ(std::count_if(told.begin(), told.end(),
                            [](const Told& slice) { return slice.events.size() != 250; }),
              2);
  }
}

/// Vertical lines, `spacing` px apart, that move to the right; each tells one event a pixel.
EventPacket Lines(int side, int spacing, double px_per_s, double seconds) {
  RandomStream random(5, 5);
  EventPacket packet;
  for (int step = 0; step < px_per_s * seconds; ++step) {
    const auto t_us = static_cast<uint32_t>(1e6 * step / px_per_s);
    for (int x = step % spacing; x < side; x += spacing) {
      for (int y = 0; y < side; ++y) {
        if (random.Uniform() < 0.2) continue;
        packet.events.push_back({t_us, static_cast<uint16_t>(x), static_cast<uint16_t>(y), 1});
      }
    }
  }
  return packet;
}

double MedianDuration(const std::vector<Told>& told) {
  std::vector<int64_t> durations;
  for (const Told& slice : told) durations.push_back(slice.end_us - slice.begin_us);
  std::sort(durations.begin(), durations.end());
  return 1e-6 * static_cast<double>(durations[durations.size() / 2]);
}

TEST(EventSlicer, AdaptsToMotionAndTexture) {
  EventSlicerOptions options;
  options.events_per_tile = 48;
  // One line in each tile of 16 x 16 px, and 0.8 events a pixel: full after 3.75 px.
  for (const double px_per_s : {200.0, 400.0, 1600.0}) {
    const EventPacket packet = Lines(128, 16, px_per_s, 80 / px_per_s);
    const std::vector<Told> told = Slice(options, 128, 128, packet);
    ExpectWhole(told, packet, 128, 128);
    EXPECT_NEAR(MedianDuration(told) * px_per_s, 4, 1.01) << px_per_s;
  }
  // Texture on an eighth of the sensor only, and as dense there: as long a slice, with fewer
  // events.
  EventPacket some = Lines(128, 16, 400, 0.2);
  std::erase_if(some.events, [](const Event& e) { return e.y >= 16; });
  EXPECT_NEAR(MedianDuration(Slice(options, 128, 128, some)) * 400, 4, 2.01);
}

TEST(EventSlicer, IsNotCutByHotPixels) {
  EventPacket hot;
  for (uint32_t i = 0; i < 200'000; ++i)
    hot.events.push_back({i, static_cast<uint16_t>(20 * (i % 5)), 50, 1});
  const std::vector<Told> told = Slice({}, 128, 128, hot);
  ExpectWhole(told, hot, 128, 128);
  EXPECT_EQ(told.size(), 4U) << "every 50 ms, the longest";
}

TEST(EventSlicer, EndsWithTheLastEvent) {
  const EventPacket packet = {FromUs(500), {{0, 3, 3, 1}, {700, 4, 3, 1}, {730, 5, 3, 0}}};
  EventSlicerOptions options;
  for (const EventSlicing by :
       {EventSlicing::kTime, EventSlicing::kCount, EventSlicing::kAdaptive}) {
    options.by = by;
    const std::vector<Told> told = Slice(options, 31, 20, packet);
    ExpectWhole(told, packet, 31, 20);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].end_us, 500 + 730 + 1) << "not 10 or 50 ms behind its begin";
  }
}

// A clock that ticks once a millisecond, with more events a tick than make a slice.
TEST(EventSlicer, DoesNotCutWithinAnInstant) {
  EventPacket packet;
  for (uint32_t tick = 0; tick < 20; ++tick) {
    for (uint16_t x = 0; x < 128; ++x) {
      for (uint16_t y = 0; y < 128; y += 2) packet.events.push_back({tick * 1000, x, y, 1});
    }
  }
  for (const size_t piece : {size_t{1000}, packet.events.size()}) {
    const std::vector<Told> told = Slice({}, 128, 128, packet, piece);
    ExpectWhole(told, packet, 128, 128);
    ASSERT_EQ(told.size(), 20U);
    for (const Told& slice : told) EXPECT_EQ(slice.events.size(), 128U * 64U);
  }
}

TEST(EventSlicer, OptionsSayWhatIsWrong) {
  const auto is_wrong = [](auto change) {
    EventSlicerOptions options;
    change(options);
    return !options.Validate();
  };
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(is_wrong([](auto& o) { o.duration_s = 0; }));
  EXPECT_TRUE(is_wrong([&](auto& o) { o.longest_s = nan; }));
  EXPECT_TRUE(is_wrong([](auto& o) { o.count = 0; }));
  EXPECT_TRUE(is_wrong([](auto& o) { o.tile_px = 20; }));
  EXPECT_TRUE(is_wrong([](auto& o) { o.events_per_tile = 7; }));
  EXPECT_TRUE(is_wrong([&](auto& o) { o.full_share = nan; }));
  EXPECT_TRUE(is_wrong([](auto& o) { o.least_full_tiles = 0; }));
}

}  // namespace
}  // namespace nightjar
