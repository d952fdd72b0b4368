// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/sensor_log.h"
#include "tests/data/small_log.h"

namespace nightjar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class AslLogTest : public SmallLog {
 protected:
  std::unique_ptr<SensorLog> Open(const SensorLogOptions& options = {}) const {
    auto log = OpenSensorLog(log_, options);
    EXPECT_TRUE(log) << log.error().Message();
    return log ? *std::move(log) : nullptr;
  }
};

TEST_F(AslLogTest, RoundTripIsBitForBit) {
  const auto log = Open();
  int samples = 0;
  int frames[2] = {0, 0};
  for (const Record& record : ReadAll(*log)) {
    if (const auto* sample = std::get_if<ImuSample>(&record)) {
      const ImuSample expected = MakeSample(samples++);
      EXPECT_EQ(sample->time, expected.time);
      EXPECT_EQ(sample->angular_velocity_body, expected.angular_velocity_body);
      EXPECT_EQ(sample->specific_force_body, expected.specific_force_body);
      continue;
    }
    const Frame& frame = std::get<Frame>(record);
    const Frame expected = MakeFrame(frame.camera, frames[frame.camera]++);
    EXPECT_EQ(frame.time, expected.time);
    const auto& pixels = std::get<Image<uint8_t>>(frame.image);
    ASSERT_EQ(pixels.width(), kWidth);
    ASSERT_EQ(pixels.height(), kHeight);
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x)
        EXPECT_EQ(pixels(x, y), std::get<Image<uint8_t>>(expected.image)(x, y));
    }
  }
  EXPECT_EQ(samples, kSamples);
  EXPECT_EQ(frames[0], kFrames);
  EXPECT_EQ(frames[1], kFrames);
  EXPECT_THAT(log->anomalies(), IsEmpty());
  ASSERT_EQ(log->counts().size(), 3u);
  EXPECT_EQ(log->counts()[0].stream, "imu0");
  EXPECT_EQ(log->counts()[0].listed, kSamples);
  EXPECT_EQ(log->counts()[2].stream, "cam1");
  EXPECT_EQ(log->counts()[2].listed, kFrames);
  EXPECT_EQ(log->counts()[2].delivered, kFrames);
}

TEST_F(AslLogTest, SixteenBitFramesKeepTheirValues) {
  Image<uint16_t> image(kWidth, kHeight);
  image.fill(0x1234);
  image(kWidth - 1, kHeight - 1) = 0xFEDC;
  ASSERT_TRUE(
      WriteMonoPng(root_ / "cam0" / "data" / (std::to_string(FrameTime(0, 0)) + ".png"), image));
  const auto log = Open({.cameras = {"cam0"}, .end_s = 0.01});
  const std::vector<Record> records = ReadAll(*log);
  const auto& read = std::get<Image<uint16_t>>(std::get<Frame>(records[3]).image);
  EXPECT_EQ(read(0, 0), 0x1234);
  EXPECT_EQ(read(kWidth - 1, kHeight - 1), 0xFEDC);
}

TEST_F(AslLogTest, RigComesBack) {
  const auto log = Open();
  const Rig expected = MakeRig();
  const Rig& rig = log->rig();
  EXPECT_EQ(rig.imu.name, "imu0");
  EXPECT_EQ(rig.imu.rate_hz, 100);
  EXPECT_EQ(rig.imu.noise.gyro_random_walk, 2e-5);
  EXPECT_EQ(rig.imu.noise.accelerometer_noise_density, 2e-3);
  ASSERT_EQ(rig.cameras.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(rig.cameras[i].name, expected.cameras[i].name);
    EXPECT_EQ(rig.cameras[i].width, kWidth);
    EXPECT_EQ(rig.cameras[i].height, kHeight);
    EXPECT_EQ(rig.cameras[i].rate_hz, 50);
    EXPECT_EQ(rig.cameras[i].model->Parameters(), expected.cameras[i].model->Parameters());
    const Se3 error = rig.cameras[i].T_body_camera.Inverse() * expected.cameras[i].T_body_camera;
    EXPECT_LT(se3::Log(error).norm(), 1e-14);
  }
}

// The same device, described from a base frame that is not the IMU: the rig must not notice.
TEST_F(AslLogTest, RigIsSeenFromTheImuWhateverTheBaseFrame) {
  const std::filesystem::path other = folder_.path() / "other";
  WriteLog(other, {so3::Exp({1.0, -0.5, 0.3}), {0.5, 0.2, -0.1}});
  const auto log = OpenSensorLog(other);
  ASSERT_TRUE(log) << log.error().Message();
  for (size_t i = 0; i < 2; ++i) {
    const Se3 error =
        (*log)->rig().cameras[i].T_body_camera.Inverse() * MakeRig().cameras[i].T_body_camera;
    EXPECT_LT(se3::Log(error).norm(), 1e-14);
  }
}

TEST_F(AslLogTest, StreamsAreMergedByTimeImuFirstThenCamerasInTheirOrder) {
  // cam1 at the very times of cam0.
  for (int i = 0; i < kFrames; ++i) {
    ReplaceLine("cam1/data.csv", i + 2,
                std::to_string(FrameTime(0, i)) + "," + std::to_string(FrameTime(1, i)) + ".png");
  }
  const std::vector<Record> records = ReadAll(*Open());
  ASSERT_EQ(records.size(), static_cast<size_t>(kSamples + 2 * kFrames));
  const auto rank = [](const Record& record) {
    const Frame* frame = std::get_if<Frame>(&record);
    return frame == nullptr ? 0 : 1 + frame->camera;
  };
  for (size_t i = 1; i < records.size(); ++i) {
    EXPECT_LE(TimeOf(records[i - 1]), TimeOf(records[i]));
    if (TimeOf(records[i - 1]) == TimeOf(records[i])) {
      EXPECT_LT(rank(records[i - 1]), rank(records[i]));
    }
  }
  EXPECT_EQ(rank(records[2]), 0);  // at 20 ms: the sample, cam0, cam1
  EXPECT_EQ(rank(records[3]), 1);
  EXPECT_EQ(rank(records[4]), 2);
}

TEST_F(AslLogTest, CamerasComeInTheOrderAskedFor) {
  const auto log = Open({.cameras = {"cam1", "cam0"}});
  EXPECT_EQ(log->rig().cameras[0].name, "cam1");
  const std::vector<Record> records = ReadAll(*log);
  EXPECT_EQ(FrameTimes(records, 0, kStart).front(), 21 * kMillisecond)
      << "camera 0 is the first asked for";
  EXPECT_EQ(FrameTimes(records, 1, kStart).front(), 20 * kMillisecond);
}

TEST_F(AslLogTest, CamerasNotAskedForAreNotTouched) {
  std::filesystem::remove_all(root_ / "cam0" / "data");
  WriteText(root_ / "cam0" / "sensor.yaml", "broken");
  const auto log = Open({.cameras = {"cam1"}});
  ASSERT_EQ(log->rig().cameras.size(), 1u);
  EXPECT_EQ(FrameTimes(ReadAll(*log), 0, kStart).size(), static_cast<size_t>(kFrames));
  EXPECT_EQ(log->counts().size(), 2u);
}

// Neither the order of the folder (many, so that it is not sorted by luck) nor that of the
// alphabet.
TEST_F(AslLogTest, CamerasAreSortedByTheirNumber) {
  for (int i : {7, 3, 12, 2, 9, 5, 11, 4, 10, 8, 6}) {
    std::filesystem::copy(root_ / "cam0", root_ / ("cam" + std::to_string(i)),
                          std::filesystem::copy_options::recursive);
  }
  const auto log = Open();
  ASSERT_EQ(log->rig().cameras.size(), 13u);
  for (size_t i = 0; i < 13; ++i) EXPECT_EQ(log->rig().cameras[i].name, "cam" + std::to_string(i));
}

// Frames at 20, 40, 60, 80, 100 ms: from the first frame on 0, 20, 40, 60, 80 ms.
TEST_F(AslLogTest, IntervalHoldsItsBeginAndNotItsEnd) {
  const auto log = Open({.cameras = {"cam0"}, .begin_s = 0.02, .end_s = 0.06});
  EXPECT_EQ(log->reference_frames(), 2);
  const std::vector<Record> records = ReadAll(*log);
  EXPECT_THAT(FrameTimes(records, 0, kStart), ElementsAre(40 * kMillisecond, 60 * kMillisecond));
  // Samples before the begin are kept; the one at 80 ms closes the interval.
  const std::vector<int64_t> imu = ImuTimes(records, kStart);
  EXPECT_EQ(imu.front(), 0);
  EXPECT_EQ(imu.back(), 80 * kMillisecond);
  EXPECT_EQ(imu.size(), 9u);
  EXPECT_EQ(log->counts()[1].listed, 2);
}

TEST_F(AslLogTest, UnboundedIntervals) {
  EXPECT_EQ(Open()->reference_frames(), kFrames);
  EXPECT_EQ(Open({.begin_s = 0.021})->reference_frames(), 3);
  EXPECT_EQ(Open({.end_s = 0.021})->reference_frames(), 2);
  EXPECT_EQ(Open({.begin_s = -1e300, .end_s = 1e300})->reference_frames(), kFrames);
}

// Times near the end of int64_t: the end that was asked for lies beyond it.
TEST_F(AslLogTest, AnIntervalThatEndsBehindTheLastTimeThereCanBe) {
  constexpr int64_t kLate = 9223372036854775000;
  for (int i = 0; i < kFrames; ++i) {
    ReplaceLine("cam0/data.csv", i + 2,
                std::to_string(kLate + i) + "," + std::to_string(FrameTime(0, i)) + ".png");
  }
  const SensorLogOptions late = {.cameras = {"cam0"}, .begin_s = 2e-9, .end_s = 1e9};
  EXPECT_EQ(Open(late)->reference_frames(), 3);
  const auto none = OpenSensorLog(log_, {.cameras = {"cam0"}, .begin_s = 1e300});
  ASSERT_FALSE(none);
  EXPECT_EQ(none.error().kind, ErrorKind::kUsage);
}

// What came before the cut is the same, record for record, when the log is cut.
TEST_F(AslLogTest, ACutLogIsAPrefix) {
  const std::vector<Record> whole = ReadAll(*Open());
  const std::vector<Record> cut = ReadAll(*Open({.end_s = 0.05}));
  ASSERT_LT(cut.size(), whole.size());
  size_t same = 0;
  while (same < cut.size() && TimeOf(cut[same]) == TimeOf(whole[same]) &&
         cut[same].index() == whole[same].index()) {
    ++same;
  }
  // Only the closing sample may come earlier than in the whole log.
  EXPECT_GE(same + 1, cut.size());
}

TEST_F(AslLogTest, FramesAreDecodedWhenTheyAreReached) {
  const auto log = Open();
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(log->Next());
  // Opened, and past the first frame of cam0: what is deleted now is found missing only later.
  std::filesystem::remove_all(root_ / "cam0" / "data");
  const std::vector<Record> rest = ReadAll(*log);
  EXPECT_THAT(FrameTimes(rest, 0, kStart), IsEmpty());
  EXPECT_EQ(FrameTimes(rest, 1, kStart).size(), static_cast<size_t>(kFrames));
  ASSERT_EQ(log->anomalies().size(), 1u);
  EXPECT_EQ(log->anomalies()[0].count, kFrames - 1);
  EXPECT_EQ(log->anomalies()[0].first_where, "cam0/data.csv:3");
}

TEST_F(AslLogTest, EndIsEndForEver) {
  const auto log = Open();
  ReadAll(*log);
  EXPECT_FALSE(log->Next().value());
  EXPECT_FALSE(log->Next().value());
}

}  // namespace
}  // namespace nightjar
