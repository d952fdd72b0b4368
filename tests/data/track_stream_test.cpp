// SPDX-License-Identifier: Apache-2.0
#include "data/track_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "data/sensor_log.h"
#include "tests/data/small_log.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

/// SmallLog whose cameras have tracks in place of images. Frame i of camera c sees tracks 0 .. i;
/// the first frame of cam1 sees nothing.
class TrackStreamTest : public SmallLog {
 protected:
  void SetUp() override {
    SmallLog::SetUp();
    WriteTracks();
  }

  void WriteTracks() const {
    for (const int camera : {0, 1}) {
      const fs::path folder = root_ / ("cam" + std::to_string(camera));
      fs::remove(folder / "data.csv");
      fs::remove_all(folder / "data");
      std::string text = kTrackHeader;
      for (int i = 0; i < kFrames; ++i)
        text += TrackRowsText(FromNanoseconds(FrameTime(camera, i)), Features(camera, i));
      WriteText(folder / kTrackFile, text);
    }
  }

  static std::vector<FeatureObservation> Features(int camera, int i) {
    std::vector<FeatureObservation> features;
    for (int track = 0; track <= i && (i > 0 || camera == 0); ++track) {
      FeatureObservation feature;
      feature.track = static_cast<uint64_t>(track);
      feature.camera = camera;
      feature.pixel = {1 + track / 3.0 + camera, 2 + i / 7.0};
      feature.covariance = (0.5 + track) * (0.5 + track) * Eigen::Matrix2d::Identity();
      features.push_back(feature);
    }
    return features;
  }

  // The frames of cam0, and what was not as it should be.
  struct Reading {
    std::vector<Frame> frames;
    std::vector<std::string> anomalies;
  };
  Reading Read(const SensorLogOptions& options = {}) const {
    Reading reading;
    auto log = OpenSensorLog(log_, options);
    EXPECT_TRUE(log) << log.error().Message();
    if (!log) return reading;
    for (Record& record : ReadAll(**log)) {
      auto* frame = std::get_if<Frame>(&record);
      if (frame != nullptr && frame->camera == 0) reading.frames.push_back(std::move(*frame));
    }
    for (const LogAnomaly& anomaly : (*log)->anomalies())
      reading.anomalies.push_back(anomaly.what + " @ " + anomaly.first_where);
    return reading;
  }

  std::string ErrorOf(const SensorLogOptions& options = {}) const {
    const auto log = OpenSensorLog(log_, options);
    return log ? "" : log.error().Message();
  }
};

TEST_F(TrackStreamTest, WhatIsWrittenIsReadBackBitForBit) {
  auto log = OpenSensorLog(log_);
  ASSERT_TRUE(log) << log.error().Message();
  EXPECT_EQ((*log)->reference_frames(), kFrames);
  int frames = 0;
  for (const Record& record : ReadAll(**log)) {
    const auto* frame = std::get_if<Frame>(&record);
    if (frame == nullptr) continue;
    const int i = frames++ / 2;
    EXPECT_EQ(ToNanoseconds(frame->time), FrameTime(frame->camera, i));
    EXPECT_FALSE(HasImage(*frame));
    ASSERT_TRUE(frame->features);
    const auto expected = Features(frame->camera, i);
    ASSERT_EQ(frame->features->size(), expected.size());
    for (size_t k = 0; k < expected.size(); ++k) {
      const FeatureObservation& feature = (*frame->features)[k];
      EXPECT_EQ(feature.track, expected[k].track);
      EXPECT_EQ(feature.camera, frame->camera);
      EXPECT_EQ(feature.pixel, expected[k].pixel);
      EXPECT_EQ(feature.covariance, expected[k].covariance);
    }
  }
  EXPECT_EQ(frames, 2 * kFrames);
  EXPECT_THAT((*log)->anomalies(), IsEmpty());
  const std::vector<StreamCounts> counts = (*log)->counts();
  ASSERT_EQ(counts.size(), 3U);
  EXPECT_EQ(counts[1].listed, kFrames);
  EXPECT_EQ(counts[2].delivered, kFrames);
}

TEST_F(TrackStreamTest, AnIntervalIsThatOfTheFrames) {
  SensorLogOptions options;
  options.begin_s = 0.02;
  options.end_s = 0.06;
  const Reading reading = Read(options);
  ASSERT_EQ(reading.frames.size(), 2U);
  EXPECT_EQ(ToNanoseconds(reading.frames[0].time), FrameTime(0, 1));
}

TEST_F(TrackStreamTest, TheIdentityIsOfTheTracks) {
  const std::string before = (*OpenSensorLog(log_))->identity();
  ReplaceLine("cam1/tracks.csv", 3, std::to_string(FrameTime(1, 1)) + ",0,2,3,0.5");
  EXPECT_NE((*OpenSensorLog(log_))->identity(), before);
}

// Line 2 is frame 0, 3 and 4 frame 1, 5 to 7 frame 2.
TEST_F(TrackStreamTest, RowsThatCannotBeUsedAreSkippedAndCounted) {
  const std::string time = std::to_string(FrameTime(0, 1));
  const std::pair<std::string, const char*> cases[] = {
      {time + ",1,2,3", "row without 1 or 5 columns, skipped"},
      {time + ",1,2,3,0.5,6", "row without 1 or 5 columns, skipped"},
      {"x,1,2,3,0.5", "row whose time is not a whole number of nanoseconds, skipped"},
      {"-1,1,2,3,0.5", "row whose time is not a whole number of nanoseconds, skipped"},
      {time + ",-1,2,3,0.5", "row whose track is not a whole number, skipped"},
      {time + ",1.5,2,3,0.5", "row whose track is not a whole number, skipped"},
      {time + ",1,nan,3,0.5", "row with a value that is no number, skipped"},
      {time + ",1,,3,0.5", "row with a value that is no number, skipped"},
      {time + ",1,19.6,3,0.5", "row whose pixel is outside of the image, skipped"},
      {time + ",1,2,-0.6,0.5", "row whose pixel is outside of the image, skipped"},
      {time + ",1,2,3,-0.5", "row whose sigma is not from 0 to 1000 px, skipped"},
      {time + ",1,2,3,1001", "row whose sigma is not from 0 to 1000 px, skipped"},
      {time + ",0,2,3,0.5", "row repeats a track of its frame, skipped"},
      {std::string("\0\xff,,", 4), "row without 1 or 5 columns, skipped"},
  };
  for (const auto& [row, what] : cases) {
    WriteTracks();
    ReplaceLine("cam0/tracks.csv", 4, row);
    const Reading reading = Read();
    EXPECT_THAT(reading.anomalies, ElementsAre(std::string(what) + " @ cam0/tracks.csv:4")) << row;
    ASSERT_EQ(reading.frames.size(), static_cast<size_t>(kFrames)) << row;
    EXPECT_EQ(reading.frames[1].features->size(), 1U) << row;
    EXPECT_EQ(reading.frames[2].features->size(), 3U) << row;
  }
}

TEST_F(TrackStreamTest, ADamagedStampWithinAFrameCostsOneRow) {
  ReplaceLine("cam0/tracks.csv", 6, std::to_string(FrameTime(0, 90)) + ",1,2,3,0.5");
  const Reading reading = Read();
  ASSERT_EQ(reading.frames.size(), static_cast<size_t>(kFrames));
  EXPECT_EQ(reading.frames[2].features->size(), 2U);
  EXPECT_THAT(reading.anomalies,
              ElementsAre("row of another time between those of a frame, skipped @ "
                          "cam0/tracks.csv:6"));
}

TEST_F(TrackStreamTest, FramesOutOfOrderAreSkippedAndCounted) {
  const auto rows = [](int64_t time) { return std::to_string(time) + ",0,2,3,0.5\n"; };
  const int64_t t = FrameTime(0, 0);
  WriteText(root_ / "cam0" / kTrackFile,
            rows(t) + rows(t + 9'000'000'000) + rows(t + 20) + rows(t) + rows(t + 30));
  const Reading reading = Read();
  ASSERT_EQ(reading.frames.size(), 3U);
  EXPECT_EQ(ToNanoseconds(reading.frames[2].time), t + 30);
  EXPECT_THAT(reading.anomalies,
              ElementsAre(HasSubstr("jump ahead of those after it, skipped @ cam0/tracks.csv:2"),
                          HasSubstr("go back in time, skipped @ cam0/tracks.csv:4")));
}

// Every cut of the file: all frames before it, and of the one that is cut whole rows only.
TEST_F(TrackStreamTest, ATruncatedFileGivesWhatIsThere) {
  const std::string all = ReadText(root_ / "cam0" / kTrackFile);
  const auto first_row = all.find('\n') + 1;
  for (size_t size = first_row; size < all.size(); size += 7) {
    WriteText(root_ / "cam0" / kTrackFile, all.substr(0, size));
    const auto log = OpenSensorLog(log_);
    if (!log) {
      EXPECT_THAT(log.error().Message(), HasSubstr("tracks.csv")) << size;
      continue;
    }
    for (const Record& record : ReadAll(**log)) {
      const auto* frame = std::get_if<Frame>(&record);
      EXPECT_LE(frame == nullptr ? 0 : frame->features->size(), 5U);
    }
  }
}

// Whatever byte is another one, the reading ends with frames, or with an error.
TEST_F(TrackStreamTest, DamagedBytesEndNothing) {
  const std::string all = ReadText(root_ / "cam0" / kTrackFile);
  for (size_t at = 0; at < all.size(); at += 5) {
    for (const char byte : {'\0', '\n', ',', '9', '-', '\xff'}) {
      std::string damaged = all;
      damaged[at] = byte;
      WriteText(root_ / "cam0" / kTrackFile, damaged);
      const auto log = OpenSensorLog(log_);
      ASSERT_TRUE(log) << log.error().Message();
      size_t rows = 0;
      while (true) {
        const auto record = (*log)->Next();
        ASSERT_TRUE(record) << record.error().Message();
        if (!*record) break;
        const auto* frame = std::get_if<Frame>(&**record);
        if (frame != nullptr && frame->camera == 0) rows += frame->features->size();
      }
      EXPECT_GE(rows, 8U) << at;
      EXPECT_LE(rows, 15U) << at;
    }
  }
}

TEST_F(TrackStreamTest, WhatCannotBeReadIsNamed) {
  WriteText(root_ / "cam0" / kTrackFile, "");
  EXPECT_THAT(ErrorOf(), HasSubstr("cam0/tracks.csv: has no rows"));
  WriteText(root_ / "cam0" / kTrackFile, std::string(kTrackHeader) + "1,2\n");
  EXPECT_THAT(ErrorOf(), HasSubstr("tracks.csv:2: no row is usable"));
  fs::remove(root_ / "cam0" / kTrackFile);
  EXPECT_THAT(ErrorOf(), HasSubstr("one has images and the other tracks only"));
  fs::remove(root_ / "cam1" / kTrackFile);
  EXPECT_THAT(ErrorOf(), HasSubstr("data.csv"));
}

TEST_F(TrackStreamTest, ImagesWinOverTracks) {
  const fs::path other = folder_.path() / "other";
  WriteLog(other);
  WriteText(other / "mav0/cam0" / kTrackFile, kTrackHeader);
  const auto log = OpenSensorLog(other);
  ASSERT_TRUE(log) << log.error().Message();
  EXPECT_THAT((*log)->contents().notes,
              ElementsAre("cam0/tracks.csv is not used: there is a data.csv"));
}

}  // namespace
}  // namespace nightjar
