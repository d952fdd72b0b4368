// SPDX-License-Identifier: Apache-2.0
// Events from the frames of a real camera against the events that the same camera told: a DAVIS240C
// that slides past a shelf (Mueggler et al., IJRR 2017).
#include <array>
#include <cmath>
#include <cstdio>
#include <optional>

#include "apps/pipeline/simulate_frames.h"
#include "data/csv_reader.h"
#include "data/number_text.h"
#include "tests/data/event_columns.h"
#include "tests/recordings.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

constexpr int kBlock = 8;  // px
constexpr int kColumns = 240 / kBlock, kRows = (180 + kBlock - 1) / kBlock;
// The recorded events are those of 3.811 to 174.156 ms.
constexpr uint32_t kBegin_us = 3811, kMiddle_us = 88'984, kEnd_us = 174'156;

struct Told {
  std::array<double, 2 * kColumns* kRows> count = {};  // by block and sign: off, on

  double Of(int on) const {
    double sum = 0;
    for (size_t i = static_cast<size_t>(on); i < count.size(); i += 2) sum += count[i];
    return sum;
  }
  double all() const { return Of(0) + Of(1); }
  double ShareOn() const { return Of(1) / all(); }
  // Of both signs together.
  Told ByBlock() const {
    Told told;
    for (size_t i = 0; i < count.size(); i += 2)
      told.count[i] = told.count[i + 1] = count[i] + count[i + 1];
    return told;
  }
};

// What was told in [begin, end).
Told Count(const std::vector<Event>& events, uint32_t begin_us, uint32_t end_us) {
  Told told;
  for (const Event& event : events) {
    if (event.time_us < begin_us || event.time_us >= end_us) continue;
    const int block = event.y / kBlock * kColumns + event.x / kBlock;
    told.count[static_cast<size_t>(2 * block + event.on)] += 1;
  }
  return told;
}

double Correlation(const Told& a, const Told& b) {
  const auto n = static_cast<double>(a.count.size());
  double aa = 0, bb = 0, ab = 0;
  for (size_t i = 0; i < a.count.size(); ++i) {
    const double u = a.count[i] - a.all() / n, v = b.count[i] - b.all() / n;
    aa += u * u;
    bb += v * v;
    ab += u * v;
  }
  return ab / std::sqrt(aa * bb);
}

// "t x y p" per line; the times are on the clock of the frames, whose first is at 0.
std::vector<Event> ReadTextEvents(const fs::path& file) {
  std::vector<Event> events;
  auto reader = CsvReader::Open(file);
  while (reader && reader->Next().value_or(false)) {
    const auto words = reader->Words();
    Event event;
    event.time_us =
        static_cast<uint32_t>(*number_text::ParseSecondsToNanoseconds(words.at(0)) / 1000);
    event.x = static_cast<uint16_t>(*number_text::ParseUnsigned(words.at(1)));
    event.y = *number_text::ParseUnsigned(words.at(2)) & 0x7FFF;
    event.on = *number_text::ParseUnsigned(words.at(3)) & 1;
    events.push_back(event);
  }
  return events;
}

struct Fit {
  SimulateFramesOptions options;
  double correlation = -1;
};

// Thresholds that give as many events of either sign as there were in the first half, for one
// bandwidth.
std::optional<Fit> FitThresholds(SimulateFramesOptions options, const Told& wanted) {
  constexpr int kRounds = 6;
  for (int round = 0;; ++round) {
    const auto summary = SimulateFrames(options);
    EXPECT_TRUE(summary) << summary.error().Message();
    if (!summary) return {};
    const Told told = Count(EventsOf(options.log / "events0/events.h5"), kBegin_us, kMiddle_us);
    if (round == kRounds) return Fit{options, Correlation(told, wanted)};
    // Counts fall about as the thresholds' power of -1 to -2.
    EventCameraOptions& camera = options.event_camera;
    camera.threshold_on *= std::pow(told.Of(1) / wanted.Of(1), 0.6);
    camera.threshold_off *= std::pow(told.Of(0) / wanted.Of(0), 0.6);
  }
}

// Thresholds and bandwidth are fitted to the first half of the recorded events; the second half is
// what the simulation must foretell.
TEST(EventsOfRecordedFrames, AreLikeThoseOfTheCamera) {
  NIGHTJAR_RECORDING(recording, "events/ecd_slider_depth");
  const TemporaryFolder folder;
  const std::vector<Event> recorded = ReadTextEvents(recording / "events_chunk.txt");
  ASSERT_EQ(recorded.size(), 50'000U);
  const Told first = Count(recorded, kBegin_us, kMiddle_us);
  const Told second = Count(recorded, kMiddle_us, kEnd_us);

  Fit best;
  for (const double bandwidth_hz : {30.0, 100.0, 300.0, 1000.0}) {
    SimulateFramesOptions options;
    options.frames = recording;
    options.log = folder.path() / "log";
    options.end_s = 0.12;
    options.event_camera.SetBandwidth(bandwidth_hz, options.light.white_lux);
    const auto fit = FitThresholds(options, first);
    ASSERT_TRUE(fit);
    if (fit->correlation > best.correlation) best = *fit;
  }

  best.options.end_s = 0.2;
  ASSERT_TRUE(SimulateFrames(best.options));
  const Told told = Count(EventsOf(best.options.log / "events0/events.h5"), kMiddle_us, kEnd_us);
  const double rate = told.all() / second.all();
  const double agreement = Correlation(told.ByBlock(), second.ByBlock());
  const EventCameraOptions& camera = best.options.event_camera;
  const testing::Message figures =
      testing::Message() << "fitted: thresholds " << camera.threshold_on << " and "
                         << camera.threshold_off << ", " << camera.bandwidth_hz_per_lux * 300
                         << " Hz; first half " << best.correlation << "; second half: rate x "
                         << rate << ", on " << told.ShareOn() << " for " << second.ShareOn()
                         << ", blocks " << agreement;
  std::printf("%s\n", figures.GetString().c_str());
  EXPECT_GT(rate, 1 / 1.3);
  EXPECT_LT(rate, 1.3);
  EXPECT_NEAR(told.ShareOn(), second.ShareOn(), 0.05);
  EXPECT_GE(agreement, 0.8);
  // More than that textured places stay textured places for a tenth of a second.
  EXPECT_GT(agreement, 0.1 + Correlation(first.ByBlock(), second.ByBlock()));
  EXPECT_LT(agreement, 0.98) << "frames do not know everything";
}

}  // namespace
}  // namespace nightjar
