// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <algorithm>
#include <functional>
#include <string>

#include "apps/pipeline/simulate.h"
#include "apps/pipeline/write_events.h"
#include "tests/data/event_columns.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

class SimulateEventsTest : public testing::Test {
 protected:
  SimulateEventsTest() {
    options_.log = folder_.path() / "log";
    options_.simulation.seconds = 0.1;
    options_.simulation.rig = "mono";
    options_.simulation.events = true;
  }

  TemporaryFolder folder_;
  SimulateOptions options_;
};

// Where a step's events are in the order of their rows, and a file's in that of time.
TEST_F(SimulateEventsTest, AreInTheOrderOfTimeAndThenOfRowsOnAnyNumberOfThreads) {
  constexpr int kSide = 24;
  const EventLight light = {{-0.01, 0, 0.004, 0.0055, 0.01}, [](size_t i) {
                              return FilledImage(kSide, kSide, 10.0F * static_cast<float>(i + 1));
                            }};
  std::vector<Event> first;
  for (const int threads : {1, 2, 3, 8}) {
    EventCamera camera({}, kSide, kSide, 1);
    camera.Begin(light.at(0));
    const fs::path name = folder_.path() / "events.h5";
    auto file = EventFileWriter::Create(name, FromNanoseconds(0), {kSide, kSide});
    ASSERT_TRUE(file);
    const auto counts = WriteEvents(
        light, FromNanoseconds(0), threads, [](double) { return Status(); }, camera, *file);
    ASSERT_TRUE(counts);
    ASSERT_TRUE(file->Finish());
    const std::vector<Event> events = EventsOf(name);
    ASSERT_GT(events.size(), 1000U);
    for (size_t i = 1; i < events.size(); ++i)
      ASSERT_LE(events[i - 1].time_us, events[i].time_us) << "checked by the writer, too";
    if (first.empty()) first = events;
    ASSERT_TRUE(std::equal(first.begin(), first.end(), events.begin(), events.end(),
                           [](const Event& a, const Event& b) {
                             return a.time_us == b.time_us && a.x == b.x && a.y == b.y &&
                                    a.on == b.on;
                           }))
        << threads;
  }
}

// In a world that had stood still until 0 s, photoreceptors would still be waking up.
TEST_F(SimulateEventsTest, AreOfAWorldThatMovedBefore) {
  const auto simulation = Simulation::Create(options_.simulation);
  ASSERT_TRUE(simulation);
  // Events of the first 4 ms, of a camera that is switched on at `begin_s`.
  const auto at_first = [&](double begin_s) {
    EventLight light = {(*simulation)->EventInstants(), {}};
    std::erase_if(light.instants, [&](double t_s) { return t_s < begin_s || t_s > 0.01; });
    light.at = [&](size_t i) { return (*simulation)->EventLight(light.instants[i]); };
    EventCamera camera = (*simulation)->MakeEventCamera();
    camera.Begin(light.at(0));
    const fs::path name = folder_.path() / "events.h5";
    auto file = EventFileWriter::Create(name, FromNanoseconds(0), {346, 260});
    EXPECT_TRUE(file);
    EXPECT_TRUE(WriteEvents(
        light, FromNanoseconds(0), 2, [](double) { return Status(); }, camera, *file));
    EXPECT_TRUE(file->Finish());
    const std::vector<Event> events = EventsOf(name);
    const auto early = std::count_if(events.begin(), events.end(),
                                     [](const Event& e) { return e.time_us < 4000; });
    return static_cast<double>(early);
  };
  const double told = at_first(-0.3);
  EXPECT_NEAR(at_first(-0.2) / told, 1, 0.01) << "longer would make no difference";
  EXPECT_LT(at_first(0) / told, 0.8) << "otherwise this says nothing";
}

TEST_F(SimulateEventsTest, SayHowFarTheyAre) {
  std::vector<std::string> units;
  int64_t last = 0;
  options_.progress.show = [&](int64_t done, int64_t total, const char* unit) {
    if (units.empty() || units.back() != unit) {
      units.emplace_back(unit);
      last = 0;
    }
    EXPECT_GE(done, last);
    EXPECT_LE(done, total);
    last = done;
  };
  ASSERT_TRUE(Simulate(options_));
  EXPECT_THAT(units, testing::ElementsAre("frames", "ms of events"));
  EXPECT_GT(last, 30) << "of 100 ms: not only at the begin";
}

TEST_F(SimulateEventsTest, CanBeInterrupted) {
  bool begun = false;
  options_.progress.show = [&](int64_t, int64_t, const char* unit) {
    begun = begun || unit == std::string("ms of events");
  };
  options_.progress.cancelled = [&begun] { return begun; };
  const auto summary = Simulate(options_);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind, ErrorKind::kNoAnswer);
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

}  // namespace
}  // namespace nightjar
