// SPDX-License-Identifier: Apache-2.0
// Depth and sound beside the cameras, and what nothing reads yet.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/sensor_log.h"
#include "tests/data/small_log.h"
#include "tests/data/wav_writer.h"

namespace nightjar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr const char* kNoiseIsAssumed =
    "depth0: its sensor.yaml has no depth_noise: sigma is that of the first Kinect";

/// SmallLog with depth images 5 ms behind those of cam0, and with 0.25 s of two channels of sound
/// at 1000 Hz, from kStart on.
class FurtherStreamsTest : public SmallLog {
 protected:
  static constexpr int kInstants = 250;

  void SetUp() override {
    SmallLog::SetUp();
    std::filesystem::create_directories(root_ / "depth0" / "data");
    std::filesystem::copy_file(root_ / "cam1" / "sensor.yaml", root_ / "depth0" / "sensor.yaml");
    std::string listing = "#timestamp [ns],filename\n";
    for (int i = 0; i < kFrames; ++i) {
      const std::string name = std::to_string(DepthTime(i)) + ".png";
      listing += std::to_string(DepthTime(i)) + "," + name + "\n";
      ASSERT_TRUE(WriteMonoPng(root_ / "depth0" / "data" / name, Depth(i)));
    }
    WriteText(root_ / "depth0" / "data.csv", listing);

    std::filesystem::create_directories(root_ / "audio0");
    WriteText(root_ / "audio0" / "sensor.yaml", "start_ns: " + std::to_string(kStart) + "\n");
    WriteText(root_ / "audio0" / "data.wav", WavText(1000, 2, Sound()));
  }

  static int64_t DepthTime(int i) { return FrameTime(0, i) + 5 * kMillisecond; }
  static Image<uint16_t> Depth(int i) {
    Image<uint16_t> image(kWidth, kHeight);
    image.for_each_element(
        [&](int x, int y) { image(x, y) = static_cast<uint16_t>(1000 * i + 10 * x + y); });
    return image;
  }
  // Left rises, right falls.
  static std::vector<int16_t> Sound() {
    std::vector<int16_t> samples;
    for (int i = 0; i < kInstants; ++i) {
      samples.push_back(static_cast<int16_t>(i));
      samples.push_back(static_cast<int16_t>(-i));
    }
    return samples;
  }

  std::unique_ptr<SensorLog> Open(const SensorLogOptions& options = {}) const {
    auto log = OpenSensorLog(log_, options);
    EXPECT_TRUE(log) << log.error().Message();
    return log ? *std::move(log) : nullptr;
  }
  Error Refused(const SensorLogOptions& options) const {
    const auto log = OpenSensorLog(log_, options);
    EXPECT_FALSE(log) << "opened";
    return log ? Error{} : log.error();
  }

  template <typename T>
  static std::vector<T> Of(const std::vector<Record>& records) {
    std::vector<T> those;
    for (const Record& record : records) {
      if (const T* that = std::get_if<T>(&record)) those.push_back(*that);
    }
    return those;
  }
};

TEST_F(FurtherStreamsTest, NothingIsOpenedThatWasNotAskedFor) {
  const std::string identity = Open()->identity();
  WriteText(root_ / "depth0" / "sensor.yaml", "broken");
  std::filesystem::remove_all(root_ / "depth0" / "data");
  WriteText(root_ / "audio0" / "data.wav", "broken");
  std::filesystem::create_directories(root_ / "imu1");
  std::filesystem::create_directories(root_ / "events0");
  std::filesystem::create_directories(root_ / "leica0");
  const auto log = Open();
  const std::vector<Record> records = ReadAll(*log);
  EXPECT_EQ(records.size(), static_cast<size_t>(kSamples + 2 * kFrames));
  EXPECT_THAT(log->anomalies(), IsEmpty());
  EXPECT_EQ(log->counts().size(), 3u);
  EXPECT_EQ(log->identity(), identity);
  EXPECT_THAT(log->contents().notes, ElementsAre("imu1 is not read yet", "depth0 is not used",
                                                 "audio0 is not used", "events0 is not used"));
}

TEST_F(FurtherStreamsTest, DepthComesInItsPlaceAndInMillimetres) {
  const auto log = Open({.further_streams = {"depth0"}});
  ASSERT_EQ(log->contents().depth_sensors.size(), 1u);
  const RigCamera& sensor = log->contents().depth_sensors[0];
  EXPECT_EQ(sensor.name, "depth0");
  EXPECT_EQ(sensor.width, kWidth);
  EXPECT_LT(se3::Log(sensor.T_body_camera.Inverse() * MakeRig().cameras[1].T_body_camera).norm(),
            1e-14);
  EXPECT_EQ(log->rig().cameras.size(), 2u) << "a depth sensor is no camera of the rig";
  const std::vector<Record> records = ReadAll(*log);
  for (size_t i = 1; i < records.size(); ++i) EXPECT_LE(TimeOf(records[i - 1]), TimeOf(records[i]));
  const std::vector<DepthFrame> frames = Of<DepthFrame>(records);
  ASSERT_EQ(frames.size(), static_cast<size_t>(kFrames));
  for (int i = 0; i < kFrames; ++i) {
    EXPECT_EQ(frames[i].time, FromNanoseconds(DepthTime(i)));
    EXPECT_EQ(frames[i].sensor, 0);
    const Image<uint16_t> expected = Depth(i);
    expected.for_each_element(
        [&](int x, int y) { EXPECT_EQ(frames[i].depth_mm(x, y), expected(x, y)); });
  }
  EXPECT_EQ(log->counts().back().stream, "depth0");
  EXPECT_EQ(log->counts().back().delivered, kFrames);
  EXPECT_THAT(log->contents().notes, UnorderedElementsAre("audio0 is not used", kNoiseIsAssumed));
}

TEST_F(FurtherStreamsTest, NoiseOfDepthIsReadOrSaidToBeAssumed) {
  const std::filesystem::path file = root_ / "depth0" / "sensor.yaml";
  const std::string sensor = ReadText(file);
  const std::string sigma = "  sigma_z_m: [0.01, 0.002, 0.5, 0.003]\n";
  WriteText(file, sensor + "\ndepth_noise:\n  model: structured-light\n" + sigma);
  const auto log = Open({.further_streams = {"depth0"}});
  EXPECT_THAT(log->contents().notes, ElementsAre("audio0 is not used"));
  ASSERT_EQ(log->contents().depth_noise.size(), 1u);
  EXPECT_EQ(log->contents().depth_noise[0].constant_m, 0.01);
  EXPECT_EQ(log->contents().depth_noise[0].slant, 0.003);
  WriteText(file, sensor + "\ndepth_noise:\n  model: magic\n" + sigma);
  const Error error = Refused({.further_streams = {"depth0"}});
  EXPECT_EQ(error.kind, ErrorKind::kUnusableInput);
  EXPECT_EQ(error.what, "unknown model of depth noise: magic");
}

TEST_F(FurtherStreamsTest, DepthThatCannotBeUsedIsCountedAndLeftOut) {
  const auto file = [this](int i) {
    return root_ / "depth0" / "data" / (std::to_string(DepthTime(i)) + ".png");
  };
  Image<uint8_t> bytes(kWidth, kHeight);
  bytes.fill(9);
  ASSERT_TRUE(WriteMonoPng(file(0), bytes));
  Image<uint16_t> small(kWidth, kHeight - 1);
  small.fill(9);
  ASSERT_TRUE(WriteMonoPng(file(1), small));
  std::filesystem::remove(file(3));
  const auto log = Open({.further_streams = {"depth0"}});
  const std::vector<DepthFrame> frames = Of<DepthFrame>(ReadAll(*log));
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].time, FromNanoseconds(DepthTime(2)));
  std::vector<std::string> what;
  for (const LogAnomaly& anomaly : log->anomalies())
    what.push_back(anomaly.first_where + " " + anomaly.what);
  EXPECT_THAT(
      what,
      ElementsAre("depth0/data.csv:2 image has not the 8 or 16 bits of its pixel format, skipped",
                  "depth0/data.csv:3 image has not the size that its calibration gives, skipped",
                  "depth0/data.csv:5 frame file is missing, skipped"));
  EXPECT_EQ(log->counts().back().listed, kFrames);
  EXPECT_EQ(log->counts().back().delivered, 2);
}

TEST_F(FurtherStreamsTest, DepthIsNoImageOfACamera) {
  for (int c = 0; c < 2; ++c)
    std::filesystem::remove_all(root_ / ("cam" + std::to_string(c)) / "data");
  for (int c = 0; c < 2; ++c)
    std::filesystem::create_directories(root_ / ("cam" + std::to_string(c)) / "data");
  const auto log = Open({.further_streams = {"depth0"}});
  for (Result<std::optional<Record>> record = log->Next();; record = log->Next()) {
    if (record) {
      ASSERT_TRUE(*record) << "the log ended as if a frame had been read";
      continue;
    }
    EXPECT_EQ(record.error().kind, ErrorKind::kUnusableInput);
    break;
  }
}

TEST_F(FurtherStreamsTest, SoundComesInBlocksThatJoin) {
  const auto log = Open({.further_streams = {"audio0"}});
  ASSERT_EQ(log->contents().audio.size(), 1u);
  const AudioStreamInfo& info = log->contents().audio[0];
  EXPECT_EQ(info.name, "audio0");
  EXPECT_EQ(info.rate_hz, 1000);
  EXPECT_EQ(info.channels, 2);
  EXPECT_EQ(info.DurationSeconds(), 0.25);
  EXPECT_EQ(info.start, FromNanoseconds(kStart));
  const std::vector<Record> records = ReadAll(*log);
  const std::vector<AudioBlock> blocks = Of<AudioBlock>(records);
  ASSERT_EQ(blocks.size(), 3u);
  std::vector<int16_t> samples;
  for (const AudioBlock& block : blocks) {
    EXPECT_EQ(block.first_instant, static_cast<int64_t>(samples.size() / 2));
    EXPECT_EQ(block.time, FromNanoseconds(kStart + block.first_instant * kMillisecond));
    samples.insert(samples.end(), block.samples.begin(), block.samples.end());
  }
  EXPECT_EQ(samples, Sound());
  EXPECT_TRUE(std::holds_alternative<ImuSample>(records[0])) << "at equal times the IMU is first";
  EXPECT_TRUE(std::holds_alternative<AudioBlock>(records[1]));
  EXPECT_EQ(log->counts().back().delivered, kInstants);
}

// The sound's clock is 2 ms behind the IMU's.
TEST_F(FurtherStreamsTest, TheOffsetIsAddedToTheTimeOfTheSound) {
  WriteText(root_ / "audio0" / "sensor.yaml",
            "sensor_type: audio\nstart_ns: " + std::to_string(kStart) + "\ntime_offset_s: 0.002\n");
  EXPECT_EQ(Open({.further_streams = {"audio0"}})->contents().audio[0].start,
            FromNanoseconds(kStart + 2 * kMillisecond));
}

// The frames' interval [0.02, 0.06) s begins 20 ms behind the first frame, at 40 ms of the log.
TEST_F(FurtherStreamsTest, SoundAndDepthKeepToTheInterval) {
  const auto log = Open({.begin_s = 0.02, .end_s = 0.06, .further_streams = {"audio0", "depth0"}});
  const std::vector<Record> records = ReadAll(*log);
  const std::vector<AudioBlock> blocks = Of<AudioBlock>(records);
  ASSERT_EQ(blocks.size(), 1u);
  EXPECT_EQ(blocks[0].first_instant, 40);
  EXPECT_EQ(blocks[0].samples.size(), 2u * 40);
  const std::vector<DepthFrame> frames = Of<DepthFrame>(records);
  ASSERT_EQ(frames.size(), 2u);
  EXPECT_EQ(frames[0].time, FromNanoseconds(DepthTime(1)));
}

TEST_F(FurtherStreamsTest, TruncatedSoundIsCountedAndReadSoFar) {
  const std::string whole = ReadText(root_ / "audio0" / "data.wav");
  WriteText(root_ / "audio0" / "data.wav", whole.substr(0, 44 + 4 * 130 + 3));
  const auto log = Open({.further_streams = {"audio0"}});
  const std::vector<AudioBlock> blocks = Of<AudioBlock>(ReadAll(*log));
  ASSERT_EQ(blocks.size(), 2u);
  EXPECT_EQ(blocks[1].samples.back(), -129);
  ASSERT_EQ(log->anomalies().size(), 1u);
  EXPECT_EQ(log->anomalies()[0].what,
            "sound ends before what the header of its file promises, read so far");
  EXPECT_EQ(log->anomalies()[0].first_where, "audio0/data.wav");
}

TEST_F(FurtherStreamsTest, SoundThatCannotBeUsedIsAnError) {
  const std::filesystem::path yaml = root_ / "audio0" / "sensor.yaml";
  WriteText(yaml, "rate_hz: 1000\n");
  EXPECT_EQ(Refused({.further_streams = {"audio0"}}).Message(),
            yaml.string() + ":1: key start_ns is missing; add it");
  WriteText(yaml, "sensor_type: audio\nstart_ns: 1.5\n");
  EXPECT_EQ(Refused({.further_streams = {"audio0"}}).where, yaml.string() + ":2");
  WriteText(yaml, "sensor_type: camera\nstart_ns: 1\n");
  EXPECT_EQ(Refused({.further_streams = {"audio0"}}).where, yaml.string() + ":1");
  WriteText(yaml, "start_ns: 1\ntime_offset_s: soon\n");
  EXPECT_EQ(Refused({.further_streams = {"audio0"}}).where, yaml.string() + ":2");
  WriteText(yaml, "start_ns: 1\n");
  WriteText(root_ / "audio0" / "data.wav", "broken");
  const Error error = Refused({.further_streams = {"audio0"}});
  EXPECT_EQ(error.kind, ErrorKind::kUnusableInput);
  EXPECT_EQ(error.where, (root_ / "audio0" / "data.wav").string() + ": byte 0");
}

TEST_F(FurtherStreamsTest, WhatIsReadBelongsToTheIdentity) {
  const auto identity = [this] {
    return Open({.further_streams = {"depth0", "audio0"}})->identity();
  };
  const std::string both = identity();
  EXPECT_NE(both, Open()->identity());
  WriteText(root_ / "depth0" / "data.csv", ReadText(root_ / "depth0" / "data.csv") + "\n");
  const std::string other_depth = identity();
  EXPECT_NE(other_depth, both);
  WriteText(root_ / "audio0" / "sensor.yaml", "start_ns: 5\n");
  EXPECT_NE(identity(), other_depth);
}

TEST_F(FurtherStreamsTest, StreamsThatThereAreNot) {
  const Error error = Refused({.further_streams = {"depth0", "depth7"}});
  EXPECT_EQ(error.kind, ErrorKind::kUsage);
  EXPECT_EQ(error.what, "there is no depth sensor or audio stream 'depth7'");
  EXPECT_EQ(error.remedy, "the log has depth0, audio0");
  EXPECT_EQ(Refused({.further_streams = {"cam0"}}).kind, ErrorKind::kUsage);
  EXPECT_EQ(Refused({.further_streams = {"audio0", "audio0"}}).what,
            "stream 'audio0' is asked for twice");
}

}  // namespace
}  // namespace nightjar
