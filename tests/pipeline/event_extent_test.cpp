// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/event_extent.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "tests/isp/random_events.h"

namespace nightjar {
namespace {

void Add(EventExtent& extent, const std::vector<Event>& events) { extent.Add({{}, events}); }

void ExpectSize(const EventExtent& extent, int width, int height) {
  EXPECT_EQ(extent.size().width, width);
  EXPECT_EQ(extent.size().height, height);
}

TEST(EventExtent, HoldsEveryEventOfASensor) {
  EventExtent extent;
  ExpectSize(extent, 0, 0);
  Add(extent, {{0, 12, 7, 1}});
  ExpectSize(extent, 13, 8);
  Add(extent, RandomEvents(5000, 346, 260, 1000, 1, false));
  ExpectSize(extent, 346, 260);
  EXPECT_EQ(extent.events(), 5001);
}

TEST(EventExtent, KeepsNoiseAroundASceneThatIsSmall) {
  EventExtent extent;
  Add(extent, RandomEvents(100'000, 40, 30, 1000, 2, false));
  Add(extent, RandomEvents(900, 640, 480, 1000, 3, false));
  EXPECT_NEAR(extent.size().width, 640, 10);
  EXPECT_NEAR(extent.size().height, 480, 10);
}

TEST(EventExtent, LeavesOutTheFewThatLieApart) {
  EventExtent extent;
  Add(extent, RandomEvents(2000, 240, 180, 1000, 4, false));
  for (const uint16_t x : {12000, 60000, 700, 512}) Add(extent, {{0, x, 20, 1}});
  ExpectSize(extent, 240, 180);
  for (const uint16_t y : {9000, 32767}) Add(extent, {{0, 5, y, 1}});
  ExpectSize(extent, 240, 180);
  // As many as these are no accident.
  for (int i = 0; i < 30; ++i) Add(extent, {{0, 900, 20, 1}});
  ExpectSize(extent, 901, 180);
}

TEST(EventExtent, OfFewEventsAllCount) {
  EventExtent extent;
  Add(extent, {{0, 60000, 20, 1}, {1, 5, 30000, 0}});
  ExpectSize(extent, 60001, 30001);
}

}  // namespace
}  // namespace nightjar
