// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/simulate_frames.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <functional>
#include <map>

#include "data/simulator/simulation.h"
#include "data/trajectory_file.h"
#include "tests/data/asl_log_writer.h"
#include "tests/data/event_columns.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

constexpr int kWidth = 37, kHeight = 23;

class SimulateFramesTest : public testing::Test {
 protected:
  // Images of one value each, 40 ms apart from 2 s on.
  SimulateFramesOptions Write(const std::vector<int>& values) {
    std::vector<Image<uint8_t>> images;
    for (const int value : values)
      images.push_back(FilledImage(kWidth, kHeight, static_cast<uint8_t>(value)));
    return WriteImages(images);
  }
  SimulateFramesOptions WriteImages(const std::vector<Image<uint8_t>>& images) {
    SimulateFramesOptions options;
    options.frames = folder_.path() / "frames";
    options.log = folder_.path() / "log";
    fs::create_directories(options.frames);
    std::string list;
    for (size_t i = 0; i < images.size(); ++i) {
      const std::string name = std::to_string(i) + ".png";
      EXPECT_TRUE(WriteMonoPng(options.frames / name, images[i]));
      list += std::to_string(2 + 0.04 * static_cast<double>(i)) + " " + name + "\n";
    }
    WriteText(options.frames / "images.txt", list);
    return options;
  }
  // A texture that shifts by a pixel a frame.
  SimulateFramesOptions WriteTexture() {
    std::vector<Image<uint8_t>> images;
    for (int i = 0; i < 4; ++i) {
      Image<uint8_t> image(kWidth, kHeight);
      image.for_each_element([&](int x, int y) {
        image(x, y) = static_cast<uint8_t>((53 * (x + i) * (x + i) + 31 * y) % 251);
      });
      images.push_back(image);
    }
    return WriteImages(images);
  }
  static std::vector<Event> Events(const SimulateFramesOptions& options) {
    return EventsOf(options.log / "events0/events.h5");
  }

  TemporaryFolder folder_;
};

// Pixels that do nothing but compare.
void MakeIdeal(EventCameraOptions& camera) {
  camera.threshold_mismatch = 0;
  camera.refractory_s = 0;
  camera.dark_lux = 0;
  camera.SetBandwidth(1e5, 300);
  camera.leak_rate_hz = 0;
  camera.shot_noise_rate_hz = 0;
}

// What was told behind the second frame. How far a pixel is from its next event is anything then.
std::vector<Event> BehindTheSecondFrame(std::vector<Event> events) {
  std::erase_if(events, [](const Event& event) { return event.time_us < 40'000; });
  return events;
}

// From 20 to 80 of 255: every pixel tells ln(light's ratio) / threshold events, all on, evenly.
TEST_F(SimulateFramesTest, ALogarithmRisesByEventsOfEqualDistance) {
  SimulateFramesOptions options = Write({2, 20, 80});
  MakeIdeal(options.event_camera);
  options.event_camera.threshold_on = 0.1;
  const auto summary = SimulateFrames(options);
  ASSERT_TRUE(summary) << summary.error().Message();
  EXPECT_EQ(summary->events.off, 0);
  EXPECT_EQ(summary->events.on, static_cast<int64_t>(Events(options).size()));
  const double floor = 255 * options.light.floor;
  const double expected =
      kWidth * kHeight * std::log((80 + floor) / (20 + floor)) / options.event_camera.threshold_on;
  const std::vector<Event> events = BehindTheSecondFrame(Events(options));
  EXPECT_NEAR(static_cast<double>(events.size()), expected, 0.01 * expected);
  std::array<double, 4> quarters = {};  // of the way
  for (const Event& event : events) quarters.at(std::min(3U, event.time_us / 10'000 - 4)) += 1;
  for (const double quarter : quarters) EXPECT_NEAR(quarter, expected / 4, 0.02 * expected / 4);
}

TEST_F(SimulateFramesTest, WhatGetsDarkerIsOff) {
  SimulateFramesOptions options = Write({80, 20});
  MakeIdeal(options.event_camera);
  const auto summary = SimulateFrames(options);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->events.on, 0);
  EXPECT_GT(summary->events.off, kWidth * kHeight);
}

// A ratio is what an event camera sees: a gamma multiplies its logarithm.
TEST_F(SimulateFramesTest, AGammaMultipliesTheContrast) {
  SimulateFramesOptions options = Write({50, 100, 200});
  MakeIdeal(options.event_camera);
  options.light.floor = 1e-4;
  for (const double gamma : {1.0, 2.0}) {
    options.light.gamma = gamma;
    ASSERT_TRUE(SimulateFrames(options));
    const double expected =
        kWidth * kHeight * gamma * std::log(2) / options.event_camera.threshold_on;
    EXPECT_NEAR(static_cast<double>(BehindTheSecondFrame(Events(options)).size()), expected,
                0.02 * expected)
        << gamma;
  }
}

// A flash of one frame is over before a slow photoreceptor has followed.
TEST_F(SimulateFramesTest, InTheDarkThePixelsAreSlow) {
  SimulateFramesOptions options = Write({30, 30, 120, 30, 30});
  options.event_camera.shot_noise_rate_hz = 0;
  ASSERT_TRUE(SimulateFrames(options));
  const size_t bright = Events(options).size();
  options.light.white_lux = 0.3;
  ASSERT_TRUE(SimulateFrames(options));
  EXPECT_LT(Events(options).size(), bright / 2);
  EXPECT_GT(bright, 6U * kWidth * kHeight);
}

// What the event camera sees of a room, as frames that come fast, and seen by it at once.
TEST_F(SimulateFramesTest, FastFramesOfARoomGiveTheEventsOfTheRoom) {
  SimulationOptions room;
  room.seconds = 0.1;
  room.events = true;
  room.rig = "mono";
  const auto simulation = Simulation::Create(room);
  ASSERT_TRUE(simulation);
  EventLight light = {(*simulation)->EventInstants(), {}};
  // The frames know nothing of the time before the first of them.
  std::erase_if(light.instants, [](double t_s) { return t_s < 0; });
  light.at = [&](size_t i) { return (*simulation)->EventLight(light.instants[i]); };
  EventCamera camera = (*simulation)->MakeEventCamera();
  camera.Begin(light.at(0));
  auto file = EventFileWriter::Create(folder_.path() / "room.h5", FromNanoseconds(0),
                                      {camera.width(), camera.height()});
  ASSERT_TRUE(file);
  ASSERT_TRUE(WriteEvents(
      light, FromNanoseconds(0), 2, [](double) { return Status(); }, camera, *file));
  ASSERT_TRUE(file->Finish());

  SimulateFramesOptions options = Write({0, 0});  // the folder
  options.light = {.white_lux = 20, .gamma = 1, .floor = 1e-4};
  std::string list;
  for (int i = 0; i <= 40; ++i) {
    const Image<float> lux = (*simulation)->EventLight(0.0025 * i);
    Image<uint16_t> image(lux.width(), lux.height());
    image.for_each_element([&](int x, int y) {
      ASSERT_LT(lux(x, y), 20) << "white";
      image(x, y) = static_cast<uint16_t>(lux(x, y) / 20 * 65'535 + 0.5F);
    });
    const std::string name = std::to_string(i) + ".png";
    ASSERT_TRUE(WriteMonoPng(options.frames / name, image));
    list += std::to_string(0.0025 * i) + " " + name + "\n";
  }
  WriteText(options.frames / "images.txt", list);
  ASSERT_TRUE(SimulateFrames(options));

  // By blocks of 8 x 8 px and sign.
  const auto blocks = [](const std::vector<Event>& events) {
    Eigen::ArrayXd counts = Eigen::ArrayXd::Zero(2 * 44 * 33);
    for (const Event& event : events) counts[2 * (event.y / 8 * 44 + event.x / 8) + event.on] += 1;
    return counts;
  };
  const Eigen::ArrayXd direct = blocks(EventsOf(folder_.path() / "room.h5"));
  const Eigen::ArrayXd framed = blocks(Events(options));
  EXPECT_GT(direct.sum(), 20'000);
  EXPECT_NEAR(framed.sum() / direct.sum(), 1, 0.03);
  const Eigen::ArrayXd a = direct - direct.mean(), b = framed - framed.mean();
  EXPECT_GT((a * b).sum() / std::sqrt((a * a).sum() * (b * b).sum()), 0.98);
}

TEST_F(SimulateFramesTest, TheSameSeedGivesTheSameBytesOnAnyNumberOfThreads) {
  SimulateFramesOptions options = WriteTexture();
  options.threads = 1;
  ASSERT_TRUE(SimulateFrames(options));
  const auto first = Files(options.log);
  EXPECT_THAT(Events(options), testing::SizeIs(testing::Gt(1000U)));
  for (const int threads : {2, 8}) {
    options.threads = threads;
    ASSERT_TRUE(SimulateFrames(options)) << "an earlier log of ours is replaced";
    EXPECT_TRUE(Files(options.log) == first) << threads;
  }
  options.seed = 2;
  ASSERT_TRUE(SimulateFrames(options));
  EXPECT_FALSE(Files(options.log) == first);
}

TEST_F(SimulateFramesTest, TheLogSaysWhatItIs) {
  const SimulateFramesOptions options = WriteTexture();
  const auto summary = SimulateFrames(options);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->frames, 4);
  EXPECT_NEAR(summary->log_s, 0.12, 1e-9);
  const auto files = Files(options.log);
  EXPECT_THAT(files, testing::SizeIs(3));
  EXPECT_THAT(files.at("log.yaml"), testing::HasSubstr("source: 'nightjar simulate, synthetic: "));
  EXPECT_THAT(files.at("log.yaml"), testing::Not(testing::HasSubstr("device_frame")))
      << "there is no IMU";
  EXPECT_THAT(files.at("events0/sensor.yaml"), testing::HasSubstr("resolution: [37, 23]\n"));
  EXPECT_THAT(files.at("events0/sensor.yaml"),
              testing::HasSubstr("event_pixels:\n  threshold_on: 0.25\n  threshold_off: 0.25\n"));
  EXPECT_THAT(files.at("events0/sensor.yaml"), testing::HasSubstr("\n  refractory_s: 0.0005\n"));
  EXPECT_EQ(Column<int64_t>(options.log / "events0/events.h5", "/t_offset", H5T_NATIVE_INT64).at(0),
            2'000'000);
  uint32_t last_us = 0;
  for (const Event& event : Events(options)) {
    EXPECT_GE(event.time_us, last_us);
    last_us = event.time_us;
  }
  EXPECT_LE(last_us, 120'000U);
}

TEST_F(SimulateFramesTest, APartIsOfItsOwnFrames) {
  SimulateFramesOptions options = Write({20, 20, 80, 80, 20});
  MakeIdeal(options.event_camera);
  options.begin_s = 0.03;
  options.end_s = 0.16;
  const auto summary = SimulateFrames(options);
  ASSERT_TRUE(summary);
  EXPECT_EQ(summary->frames, 3);
  EXPECT_GT(summary->events.on, 0);
  EXPECT_EQ(summary->events.off, 0) << "that is behind the end";
  EXPECT_EQ(Column<int64_t>(options.log / "events0/events.h5", "/t_offset", H5T_NATIVE_INT64).at(0),
            2'040'000);
  options.begin_s = 0.13;
  const auto one = SimulateFrames(options);
  ASSERT_FALSE(one);
  EXPECT_EQ(one.error().kind, ErrorKind::kUsage);
}

TEST_F(SimulateFramesTest, ATrajectoryIsTheTruth) {
  SimulateFramesOptions options = Write({20, 80});
  options.trajectory = folder_.path() / "poses.txt";
  WriteText(options.trajectory, "1.99 1 2 3 0 0 0 1\n2.02 1 2 3.3 0 0 0 1\n2.05 1 2 3.6 0 0 0 1\n");
  const auto summary = SimulateFrames(options);
  ASSERT_TRUE(summary) << summary.error().Message();
  EXPECT_EQ(summary->poses, 3);
  const auto truth = ReadStateFile(options.log / "truth/state.csv");
  ASSERT_TRUE(truth) << truth.error().Message();
  ASSERT_EQ(truth->size(), 3U);
  EXPECT_EQ(ToNanoseconds(truth->at(1).time), 2'020'000'000);
  EXPECT_NEAR(truth->at(1).T_world_body.translation.z(), 3.3, 1e-12);
  EXPECT_NEAR(truth->at(1).velocity_world.z(), 10, 1e-9);
}

TEST_F(SimulateFramesTest, NothingIsLeftOfWhatFails) {
  SimulateFramesOptions options = Write({20, 80, 20});
  ASSERT_TRUE(WriteMonoPng(options.frames / "2.png", FilledImage<uint8_t>(kWidth, 24, 9)));
  const auto other_size = SimulateFrames(options);
  ASSERT_FALSE(other_size);
  EXPECT_EQ(other_size.error().kind, ErrorKind::kUnusableInput);
  EXPECT_FALSE(fs::exists(options.log));
  options.end_s = 0.07;
  options.trajectory = folder_.path() / "poses.txt";
  WriteText(options.trajectory, "2.01 1 2 3 0 0 0 1\n2.05 1 2 3 0 0 0 1\n");
  const auto late = SimulateFrames(options);
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().Message(), testing::HasSubstr("--begin"));
  options.trajectory.clear();
  options.progress.cancelled = [] { return true; };
  const auto cancelled = SimulateFrames(options);
  ASSERT_FALSE(cancelled);
  EXPECT_EQ(cancelled.error().kind, ErrorKind::kNoAnswer);
  EXPECT_FALSE(fs::exists(options.log));
}

TEST_F(SimulateFramesTest, RefusesWhatIsOutOfRange) {
  const SimulateFramesOptions good = Write({20, 80});
  for (const auto& spoil : std::vector<std::function<void(SimulateFramesOptions&)>>{
           [](auto& o) { o.begin_s = -1; }, [](auto& o) { o.end_s = 0; },
           [](auto& o) { o.light.gamma = 0; }, [](auto& o) { o.event_camera.threshold_on = 0; },
           [](auto& o) { o.event_camera.threshold_off = NAN; },
           [](auto& o) { o.event_camera.SetBandwidth(0, 300); },
           [](auto& o) { o.event_camera.SetBandwidth(2e6, 300); }}) {
    SimulateFramesOptions options = good;
    spoil(options);
    const auto refused = SimulateFrames(options);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
  }
}

}  // namespace
}  // namespace nightjar
