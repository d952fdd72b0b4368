// SPDX-License-Identifier: Apache-2.0
// What cannot be got over: one error that names the place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "data/sensor_log.h"
#include "tests/data/small_log.h"

namespace nightjar {
namespace {

class AslLogErrorsTest : public SmallLog {
 protected:
  Error Refused(const SensorLogOptions& options = {}) const {
    const auto log = OpenSensorLog(log_, options);
    EXPECT_FALSE(log) << "opened";
    return log ? Error{} : log.error();
  }
  void ExpectUnusable(const std::string& what, const std::filesystem::path& where) const {
    const Error error = Refused();
    EXPECT_EQ(error.kind, ErrorKind::kUnusableInput);
    EXPECT_EQ(error.what, what);
    EXPECT_EQ(error.where, where.string());
    EXPECT_EQ(error.Message().find('\n'), std::string::npos);
  }
};

TEST_F(AslLogErrorsTest, NoFolder) {
  std::filesystem::remove_all(log_);
  ExpectUnusable("no such folder", log_);
}

TEST_F(AslLogErrorsTest, AFileInsteadOfAFolder) {
  std::filesystem::remove_all(log_);
  WriteText(log_, "recording");
  ExpectUnusable("is not a folder", log_);
}

TEST_F(AslLogErrorsTest, EmptyFolder) {
  std::filesystem::remove_all(root_);
  ExpectUnusable("has no camera folder (cam0)", log_);
}

TEST_F(AslLogErrorsTest, NoCamera) {
  std::filesystem::remove_all(root_ / "cam0");
  std::filesystem::rename(root_ / "cam1", root_ / "camera1");
  ExpectUnusable("has no camera folder (cam0)", root_);
}

TEST_F(AslLogErrorsTest, NoImu) {
  std::filesystem::remove_all(root_ / "imu0");
  ExpectUnusable("has no IMU folder (imu0)", root_);
}

TEST_F(AslLogErrorsTest, NoListing) {
  std::filesystem::remove(root_ / "cam1" / "data.csv");
  ExpectUnusable("is missing", root_ / "cam1" / "data.csv");
  std::filesystem::remove(root_ / "imu0" / "data.csv");
  ExpectUnusable("is missing", root_ / "imu0" / "data.csv");
}

TEST_F(AslLogErrorsTest, EmptyListing) {
  WriteText(root_ / "cam1" / "data.csv", "#timestamp [ns],filename\n");
  ExpectUnusable("has no rows", root_ / "cam1" / "data.csv");
  WriteText(root_ / "imu0" / "data.csv", "");
  ExpectUnusable("has no rows", root_ / "imu0" / "data.csv");
}

TEST_F(AslLogErrorsTest, NoImages) {
  std::filesystem::remove_all(root_ / "cam1" / "data");
  ExpectUnusable("no such folder", root_ / "cam1" / "data");
}

TEST_F(AslLogErrorsTest, NoCalibration) {
  std::filesystem::remove(root_ / "cam1" / "sensor.yaml");
  ExpectUnusable("cannot be read", root_ / "cam1" / "sensor.yaml");
  std::filesystem::remove(root_ / "imu0" / "sensor.yaml");
  ExpectUnusable("cannot be read", root_ / "imu0" / "sensor.yaml");
}

// Nobody writes into this pipe: to open it would be to wait for ever.
TEST_F(AslLogErrorsTest, CalibrationThatIsAPipe) {
  std::filesystem::remove(root_ / "cam0" / "sensor.yaml");
  ASSERT_EQ(mkfifo((root_ / "cam0" / "sensor.yaml").c_str(), 0600), 0);
  ExpectUnusable("cannot be read", root_ / "cam0" / "sensor.yaml");
}

TEST_F(AslLogErrorsTest, BadCalibrationNamesItsLine) {
  ReplaceLine("cam0/sensor.yaml", 7, "resolution: [20, 15]");
  ExpectUnusable("resolution is not two whole numbers from 16 to 16384",
                 (root_ / "cam0/sensor.yaml").string() + ":7");
}

// All rows of another kind: not an empty stream.
TEST_F(AslLogErrorsTest, WrongColumnsInEveryImuRow) {
  std::string text = "#timestamp,wx,wy,wz,ax,ay,az,temperature\n";
  for (int i = 0; i < kSamples; ++i) text += std::to_string(SampleTime(i)) + ",0,0,0,0,0,9.8,21\n";
  WriteText(root_ / "imu0" / "data.csv", text);
  ExpectUnusable("no row is usable, the first for this reason: row without 7 columns, skipped",
                 (root_ / "imu0/data.csv").string() + ":2");
}

TEST_F(AslLogErrorsTest, WrongColumnsInEveryFrameRow) {
  std::string text = "#timestamp\n";
  for (int i = 0; i < kFrames; ++i) text += std::to_string(FrameTime(0, i)) + "\n";
  WriteText(root_ / "cam0" / "data.csv", text);
  ExpectUnusable("no row is usable, the first for this reason: row without 2 to 4 columns, skipped",
                 (root_ / "cam0/data.csv").string() + ":2");
}

TEST_F(AslLogErrorsTest, UnknownCameraNamesThoseThereAre) {
  const Error error = Refused({.cameras = {"cam0", "cam7"}});
  EXPECT_EQ(error.kind, ErrorKind::kUsage);
  EXPECT_EQ(error.what, "there is no camera 'cam7'");
  EXPECT_EQ(error.remedy, "the log has cam0, cam1");
}

TEST_F(AslLogErrorsTest, CameraAskedForTwice) {
  const Error error = Refused({.cameras = {"cam0", "cam0"}});
  EXPECT_EQ(error.kind, ErrorKind::kUsage);
  EXPECT_EQ(error.what, "camera 'cam0' is asked for twice");
}

TEST_F(AslLogErrorsTest, IntervalsWithoutSense) {
  EXPECT_EQ(Refused({.begin_s = 0.04, .end_s = 0.04}).kind, ErrorKind::kUsage);
  EXPECT_EQ(Refused({.begin_s = std::nan("")}).kind, ErrorKind::kUsage);
  const Error error = Refused({.begin_s = 5});
  EXPECT_EQ(error.kind, ErrorKind::kUsage);
  EXPECT_EQ(error.what, "no frame of cam0 lies in the asked interval");
  EXPECT_EQ(error.remedy, "the frames lie from 0.000 to 0.080 s");
}

TEST_F(AslLogErrorsTest, NotOneFrameReadableIsAnErrorAtTheEnd) {
  for (int camera = 0; camera < 2; ++camera) {
    for (int i = 0; i < kFrames; ++i) {
      std::filesystem::remove(root_ / ("cam" + std::to_string(camera)) / "data" /
                              (std::to_string(FrameTime(camera, i)) + ".png"));
    }
  }
  const auto log = OpenSensorLog(log_).value();
  for (int i = 0; i < kSamples + 2 * kFrames; ++i) ASSERT_TRUE(log->Next().value());
  const auto end = log->Next();
  ASSERT_FALSE(end);
  EXPECT_EQ(end.error().kind, ErrorKind::kUnusableInput);
  EXPECT_EQ(
      end.error().what,
      "not one frame could be read, the first for this reason: frame file is missing, skipped");
  EXPECT_EQ(end.error().where, (root_ / "cam0/data.csv").string() + ":2");
  const auto after = log->Next();
  ASSERT_TRUE(after);
  EXPECT_FALSE(*after);
}

}  // namespace
}  // namespace nightjar
