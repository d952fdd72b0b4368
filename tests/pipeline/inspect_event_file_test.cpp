// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/inspect_event_file.h"

#include <gtest/gtest.h>

#include <fstream>

#include "tests/data/events/event_file_samples.h"
#include "tests/recordings.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

TEST(InspectEventFileTest, CountsEveryFormat) {
  const TemporaryFolder folder;
  for (const EventFileSample& sample : MakeEventFileSamples()) {
    SCOPED_TRACE(sample.name);
    const auto file = folder.path() / "events";
    WriteText(file, {sample.bytes.begin(), sample.bytes.end()});
    int64_t shown = 0;
    const auto found = InspectEventFile(file, [&](int64_t events) { shown = events; });
    ASSERT_TRUE(found) << found.error().Message();
    const auto on = std::count_if(sample.events.begin(), sample.events.end(),
                                  [](const TimedEvent& e) { return e.on; });
    EXPECT_EQ(found->info.format, sample.name.substr(0, sample.name.find(' ')));
    EXPECT_EQ(found->on, on);
    EXPECT_EQ(found->on + found->off, std::ssize(sample.events));
    EXPECT_EQ(shown, std::ssize(sample.events));
    EXPECT_EQ(found->streams.front().name, "events");
    EXPECT_EQ(ToNanoseconds(found->streams.front().first), sample.events.front().time_us * 1000);
    EXPECT_EQ(ToNanoseconds(found->streams.front().last), sample.events.back().time_us * 1000);
    EXPECT_EQ(found->streams.size(), found->info.format == "aedat4" ? 4u : 1u);
  }
}

// 100 ms with an event every 100 us, and one millisecond of a thousand in it: of 100 windows one is
// at 1 MHz, and 99 % of them at 10 kHz. With two such milliseconds the percentile is the higher.
TEST(InspectEventFileTest, RatesAreThoseOfWholeMilliseconds) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "events.txt";
  for (const int bursts : {1, 2}) {
    std::ofstream stream(file);
    int64_t count = 0;
    for (int t = 5000; t <= 105'000; t += 100) {
      const int window = (t - 5000) / 1000;
      const bool burst = window == 40 || (bursts == 2 && window == 70);
      for (int k = 0; k < (burst ? 100 : 1); ++k, ++count) stream << t << " 3 4 1\n";
    }
    stream.close();
    const auto found = InspectEventFile(file, {});
    ASSERT_TRUE(found);
    EXPECT_DOUBLE_EQ(found->duration_s, 0.1);
    EXPECT_DOUBLE_EQ(found->rate_mean_hz.value(), static_cast<double>(count - 1) / 0.1);
    EXPECT_DOUBLE_EQ(found->rate_p99_hz.value(), bursts == 1 ? 10e3 : 1e6);
    EXPECT_EQ(found->x_max, 3);
    EXPECT_EQ(found->y_max, 4);
    EXPECT_EQ(found->info.width, 0);
  }
}

// Years between two events: windows without any are counted, not walked through.
TEST(InspectEventFileTest, TakesLongSilenceAndCountsWhatIsOffTheSensor) {
  const TemporaryFolder folder;
  const auto file = folder.path() / "events.txt";
  WriteText(file, "10 8\n0 1 1 1\n1000000000000000 10 1 1\n1000000000000001 9 7 1\nx\n");
  const auto found = InspectEventFile(file, {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->rate_p99_hz.value(), 0);
  ASSERT_EQ(found->anomalies.size(), 2u);
  EXPECT_EQ(found->anomalies[0].kind, "unreadable lines or values");
  EXPECT_EQ(found->anomalies[1].kind, "events outside of the sensor");
  EXPECT_EQ(found->anomalies[1].count, 1);
  EXPECT_EQ(found->anomalies[1].first, 1);
}

TEST(InspectEventFileTest, AFileWithoutEventsHasNone) {
  const TemporaryFolder folder;
  WriteText(folder.path() / "e.raw", "% evt 3.0\n% end\n");
  const auto found = InspectEventFile(folder.path() / "e.raw", {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->on + found->off, 0);
  EXPECT_TRUE(found->streams.empty());
  EXPECT_FALSE(found->rate_mean_hz);
  EXPECT_FALSE(InspectEventFile(folder.path() / "nothing", {}));
}

TEST(InspectEventFileTest, OfARecording) {
  NIGHTJAR_RECORDING(file, "events/aedat4/demo-01.aedat4");
  const auto found = InspectEventFile(file, {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->on + found->off, 319'512);
  EXPECT_NEAR(found->duration_s, 0.511, 0.001);
  ASSERT_EQ(found->streams.size(), 4u);
  EXPECT_EQ(found->streams[1].delivered, 13);
  EXPECT_NEAR(found->streams[2].rate_hz(), 1000, 20);
}

}  // namespace
}  // namespace nightjar
