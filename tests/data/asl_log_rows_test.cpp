// SPDX-License-Identifier: Apache-2.0
// What happens to rows and frames that cannot be used: skipped, counted, named with their line; the
// rest comes through.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "data/sensor_log.h"
#include "tests/data/small_log.h"

namespace nightjar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class AslLogRowsTest : public SmallLog {
 protected:
  void Read() {
    auto log = OpenSensorLog(log_);
    ASSERT_TRUE(log) << log.error().Message();
    records_ = ReadAll(**log);
    anomalies_ = (*log)->anomalies();
    counts_ = (*log)->counts();
    reference_frames_ = (*log)->reference_frames();
  }

  // Reads, and expects this one anomaly; `lost` names the samples or cam0 frames (by index) that
  // must be gone.
  void ExpectAnomaly(const std::string& what, const std::string& where, int64_t count) {
    ASSERT_EQ(anomalies_.size(), 1u) << (anomalies_.empty() ? "" : anomalies_[1].what);
    EXPECT_EQ(anomalies_[0].what, what);
    EXPECT_EQ(anomalies_[0].first_where, where);
    EXPECT_EQ(anomalies_[0].count, count);
  }
  void ExpectSamplesWithout(const std::vector<int>& lost) {
    std::vector<int64_t> expected;
    for (int i = 0; i < kSamples; ++i) {
      if (std::find(lost.begin(), lost.end(), i) == lost.end()) expected.push_back(SampleTime(i));
    }
    EXPECT_EQ(ImuTimes(records_, 0), expected);
    EXPECT_EQ(counts_[0].delivered, static_cast<int64_t>(expected.size()));
  }
  void ExpectFramesWithout(const std::vector<int>& lost) {
    std::vector<int64_t> expected;
    for (int i = 0; i < kFrames; ++i) {
      if (std::find(lost.begin(), lost.end(), i) == lost.end()) expected.push_back(FrameTime(0, i));
    }
    EXPECT_EQ(FrameTimes(records_, 0, 0), expected);
    EXPECT_EQ(FrameTimes(records_, 1, 0).size(), static_cast<size_t>(kFrames)) << "cam1 is whole";
    EXPECT_EQ(counts_[2].delivered, kFrames);
    EXPECT_EQ(counts_[1].delivered, static_cast<int64_t>(expected.size()));
  }
  // Frames of cam0 of which only the time is known.
  void ExpectFramesWithoutImage(const std::vector<int>& blind) {
    std::vector<int64_t> expected;
    for (const int i : blind) expected.push_back(FrameTime(0, i));
    std::vector<int64_t> times;
    for (const Record& record : records_) {
      const Frame* frame = std::get_if<Frame>(&record);
      if (frame == nullptr || HasImage(*frame)) continue;
      EXPECT_EQ(frame->camera, 0);
      times.push_back(ToNanoseconds(frame->time));
    }
    EXPECT_EQ(times, expected);
  }
  std::filesystem::path FrameFile(int i) const {
    return root_ / "cam0" / "data" / (std::to_string(FrameTime(0, i)) + ".png");
  }

  std::vector<Record> records_;
  std::vector<LogAnomaly> anomalies_;
  std::vector<StreamCounts> counts_;
  int64_t reference_frames_ = 0;
};

TEST_F(AslLogRowsTest, ImuRowWithAMissingColumn) {
  ReplaceLine("imu0/data.csv", 5, std::to_string(SampleTime(3)) + ",0,0,0,0,0");
  Read();
  ExpectAnomaly("row without 7 columns, skipped", "imu0/data.csv:5", 1);
  ExpectSamplesWithout({3});
  EXPECT_EQ(counts_[0].listed, kSamples);
}

TEST_F(AslLogRowsTest, ImuRowWithTwoRowsInOne) {
  ReplaceLine("imu0/data.csv", 5,
              std::to_string(SampleTime(3)) + ",0,0,0,0,0,9.8" + std::to_string(SampleTime(4)) +
                  ",0,0,0,0,0,9.8");
  Read();
  ExpectAnomaly("row without 7 columns, skipped", "imu0/data.csv:5", 1);
}

TEST_F(AslLogRowsTest, ImuRowsWithTextNanAndInfinity) {
  ReplaceLine("imu0/data.csv", 4, std::to_string(SampleTime(2)) + ",0,0,zero,0,0,9.8");
  ReplaceLine("imu0/data.csv", 5, std::to_string(SampleTime(3)) + ",0,0,0,nan,0,9.8");
  ReplaceLine("imu0/data.csv", 6, std::to_string(SampleTime(4)) + ",0,0,0,0,0,inf");
  ReplaceLine("imu0/data.csv", 7, std::to_string(SampleTime(5)) + ",0,0,0,0,0,");
  Read();
  ExpectAnomaly("row with a value that is no number, skipped", "imu0/data.csv:4", 4);
  ExpectSamplesWithout({2, 3, 4, 5});
}

TEST_F(AslLogRowsTest, ImuRowWithImpossibleValues) {
  ReplaceLine("imu0/data.csv", 4, std::to_string(SampleTime(2)) + ",0,0,0,0,0,9810000");
  ReplaceLine("imu0/data.csv", 5, std::to_string(SampleTime(3)) + ",0,-1e5,0,0,0,9.8");
  Read();
  ExpectAnomaly("row with a value that no IMU measures (rad/s and m/s^2 expected), skipped",
                "imu0/data.csv:4", 2);
  ExpectSamplesWithout({2, 3});
}

TEST_F(AslLogRowsTest, ImuRowsOfASensorThatIsStuck) {
  ReplaceLine("imu0/data.csv", 4, std::to_string(SampleTime(2)) + ",0,0,0,-157,-157,-157");
  ReplaceLine("imu0/data.csv", 5, std::to_string(SampleTime(3)) + ",0,0,0,-157,-157,-157");
  Read();
  ExpectAnomaly("row with a specific force stuck at the end of the range, skipped",
                "imu0/data.csv:4", 2);
  ExpectSamplesWithout({2, 3});
  EXPECT_EQ(counts_[0].listed, kSamples);
  EXPECT_EQ(counts_[0].delivered, kSamples - 2);
  ReplaceLine("imu0/data.csv", 4, std::to_string(SampleTime(2)) + ",0,35,0,0,0,9.8");
  ReplaceLine("imu0/data.csv", 5, std::to_string(SampleTime(3)) + ",0,35,0,0,0,9.8");
  Read();
  ExpectAnomaly("row with an angular velocity stuck at the end of the range, skipped",
                "imu0/data.csv:4", 2);
}

TEST_F(AslLogRowsTest, ImuRowsAtTheEndOfTheRangeAreCountedAndUsed) {
  std::string rows;
  for (int i = 0; i < 400; ++i) {
    rows += std::to_string(SampleTime(i)) + ",0," +
            std::to_string(std::min(1.0, 2 * std::sin(0.02 * i))) + ",0,0,0,9.8\n";
  }
  WriteText(root_ / "imu0" / "data.csv", rows);
  Read();
  ASSERT_EQ(anomalies_.size(), 1U);
  EXPECT_EQ(anomalies_[0].what, "angular velocity clipped at the end of the range, used");
  // 163 rows at the end of the range, less those of each run that come before the verdict.
  EXPECT_GT(anomalies_[0].count, 130);
  EXPECT_LT(anomalies_[0].count, 158);
  EXPECT_EQ(ImuTimes(records_, kStart).size(), 400U);
}

TEST_F(AslLogRowsTest, ImuRowWithABadTime) {
  ReplaceLine("imu0/data.csv", 4, "14036365847.6,0,0,0,0,0,9.8");
  ReplaceLine("imu0/data.csv", 5, "-5,0,0,0,0,0,9.8");
  ReplaceLine("imu0/data.csv", 6, "99999999999999999999,0,0,0,0,0,9.8");
  Read();
  ExpectAnomaly("row whose time is not a whole number of nanoseconds, skipped", "imu0/data.csv:4",
                3);
  ExpectSamplesWithout({2, 3, 4});
}

TEST_F(AslLogRowsTest, RepeatedTimeKeepsTheFirst) {
  ReplaceLine("imu0/data.csv", 5, std::to_string(SampleTime(2)) + ",0,0,0,0,0,77");
  Read();
  ExpectAnomaly("row repeats the time of the row before, skipped", "imu0/data.csv:5", 1);
  ExpectSamplesWithout({3});
  for (const Record& record : records_) {
    if (const auto* sample = std::get_if<ImuSample>(&record)) {
      EXPECT_NE(sample->specific_force_body.z(), 77);
    }
  }
}

TEST_F(AslLogRowsTest, TimeThatGoesBack) {
  ReplaceLine("imu0/data.csv", 6,
              std::to_string(SampleTime(1)) + ",0,0,0,0,0,77\n" + std::to_string(SampleTime(2)) +
                  ",0,0,0,0,0,77");
  Read();
  ExpectAnomaly("row goes back in time, skipped", "imu0/data.csv:6", 2);
  ExpectSamplesWithout({4});
  EXPECT_EQ(counts_[0].listed, kSamples + 1);
}

// One stamp far in the future must not make every later row "go back".
TEST_F(AslLogRowsTest, OneStampThatJumpsAheadIsTheOneThatGoes) {
  ReplaceLine("imu0/data.csv", 5,
              std::to_string(SampleTime(3) + 3600 * 1000 * kMillisecond) + ",0,0,0,0,0,9.8");
  Read();
  ExpectAnomaly("row jumps ahead of the row after it, skipped", "imu0/data.csv:5", 1);
  ExpectSamplesWithout({3});
}

TEST_F(AslLogRowsTest, JumpAheadInTheVeryFirstRow) {
  ReplaceLine("imu0/data.csv", 2, "9000000000000000000,0,0,0,0,0,9.8");
  Read();
  ExpectAnomaly("row jumps ahead of the row after it, skipped", "imu0/data.csv:2", 1);
  ExpectSamplesWithout({0});
}

// A clock that had not been set yet: without the third row it would be the second one's word
// against the first one's.
TEST_F(AslLogRowsTest, AFirstRowFarBeforeTheRest) {
  ReplaceLine("cam0/data.csv", 2, "5," + std::to_string(FrameTime(0, 0)) + ".png");
  Read();
  ExpectAnomaly("first row lies far before the rows after it, skipped", "cam0/data.csv:2", 1);
  ExpectFramesWithout({0});
  EXPECT_EQ(reference_frames_, kFrames - 1);
  auto log = OpenSensorLog(log_, {.cameras = {"cam0"}, .end_s = 0.05});
  ASSERT_TRUE(log);
  EXPECT_EQ((*log)->reference_frames(), 3) << "the log begins at the first good row";
}

TEST_F(AslLogRowsTest, AFirstImuRowFarBeforeTheRest) {
  ReplaceLine("imu0/data.csv", 2, "5,0,0,0,0,0,9.8");
  Read();
  ExpectAnomaly("first row lies far before the rows after it, skipped", "imu0/data.csv:2", 1);
  ExpectSamplesWithout({0});
}

TEST_F(AslLogRowsTest, ASecondRowFarAheadOfTheFirstAndTheThird) {
  ReplaceLine("imu0/data.csv", 3, "9000000000000000000,0,0,0,0,0,9.8");
  Read();
  ExpectAnomaly("row jumps ahead of the row after it, skipped", "imu0/data.csv:3", 1);
  ExpectSamplesWithout({1});
}

TEST_F(AslLogRowsTest, AFirstRowThatIsNotFarIsKeptAndSoAreTwoThatNobodyJudges) {
  const int64_t ten_before = FrameTime(0, 1) - 10'000 * kMillisecond;
  const std::string name = "," + std::to_string(FrameTime(0, 0)) + ".png";
  ReplaceLine("cam0/data.csv", 2, std::to_string(ten_before) + name);
  Read();
  EXPECT_THAT(anomalies_, IsEmpty()) << "10 s are a gap";
  EXPECT_EQ(reference_frames_, kFrames);
  ReplaceLine("cam0/data.csv", 2, std::to_string(ten_before - 1) + name);
  Read();
  EXPECT_EQ(reference_frames_, kFrames - 1);
  WriteText(root_ / "cam0" / "data.csv",
            "5" + name + "\n" + std::to_string(FrameTime(0, 1)) + name);
  Read();
  EXPECT_THAT(anomalies_, IsEmpty());
  EXPECT_EQ(reference_frames_, 2);
}

// A gap is not for this reader to judge.
TEST_F(AslLogRowsTest, AGapInTimeIsNoAnomaly) {
  ReplaceLine("imu0/data.csv", 5, "");
  ReplaceLine("imu0/data.csv", 6, "");
  Read();
  EXPECT_THAT(anomalies_, IsEmpty());
  ExpectSamplesWithout({3, 4});
}

TEST_F(AslLogRowsTest, WindowsLineEndsByteOrderMarkAndBareHeader) {
  std::string text("\xEF\xBB\xBF");
  text += ReadText(root_ / "imu0" / "data.csv").substr(1);  // without the '#'
  for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2)
    text.insert(at, 1, '\r');
  WriteText(root_ / "imu0" / "data.csv", text);
  Read();
  EXPECT_THAT(anomalies_, IsEmpty());
  ExpectSamplesWithout({});
}

TEST_F(AslLogRowsTest, LastRowCutInTheMiddle) {
  const std::string text = ReadText(root_ / "imu0" / "data.csv");
  WriteText(root_ / "imu0" / "data.csv", text.substr(0, text.rfind(',')));
  Read();
  ExpectAnomaly("row without 7 columns, skipped", "imu0/data.csv:12", 1);
  ExpectSamplesWithout({10});
}

TEST_F(AslLogRowsTest, BinaryRubbishBetweenRows) {
  ReplaceLine("imu0/data.csv", 5, std::string("\0\xFF\x80,,\x01", 6) + std::string(100000, '\x7F'));
  Read();
  ExpectAnomaly("row without 7 columns, skipped", "imu0/data.csv:5", 1);
  ExpectSamplesWithout({3});
}

// An hour of inertial samples, with a row in the middle that a bad disk made.
TEST_F(AslLogRowsTest, AMillionRowsAndABadOneAmongThem) {
  constexpr int kRows = 1'000'000;
  std::string text = "#timestamp\n";
  text.reserve(size_t{44} * kRows);
  for (int i = 0; i < kRows; ++i) {
    text += std::to_string(kStart + int64_t{4} * i * kMillisecond);
    text += i == kRows / 2 ? ",0,0,0,0,\xFF,9.81\n" : ",0.1,0.2,0.3,0.1,0.2,9.81\n";
  }
  WriteText(root_ / "imu0" / "data.csv", text);
  auto log = OpenSensorLog(log_);
  ASSERT_TRUE(log) << log.error().Message();
  int64_t samples = 0;
  for (auto record = (*log)->Next(); record && *record; record = (*log)->Next())
    samples += std::holds_alternative<ImuSample>(**record);
  EXPECT_EQ(samples, kRows - 1);
  anomalies_ = (*log)->anomalies();
  ExpectAnomaly("row with a value that is no number, skipped",
                "imu0/data.csv:" + std::to_string(kRows / 2 + 2), 1);
}

TEST_F(AslLogRowsTest, FrameFileMissing) {
  std::filesystem::remove(FrameFile(1));
  Read();
  ExpectAnomaly("frame file is missing, skipped", "cam0/data.csv:3", 1);
  ExpectFramesWithout({1});
  ExpectFramesWithoutImage({1});
  EXPECT_EQ(counts_[1].listed, kFrames);
  EXPECT_EQ(reference_frames_, kFrames) << "what was offered, not what could be used";
}

TEST_F(AslLogRowsTest, FrameFileTruncated) {
  const std::string bytes = ReadText(FrameFile(2));
  WriteText(FrameFile(2), bytes.substr(0, bytes.size() / 2));
  WriteText(FrameFile(3), "");
  Read();
  ExpectAnomaly("frame file is truncated or damaged, skipped", "cam0/data.csv:4", 2);
  ExpectFramesWithout({2, 3});
  ExpectFramesWithoutImage({2, 3});
}

TEST_F(AslLogRowsTest, FrameFileWithAWrongByte) {
  std::string bytes = ReadText(FrameFile(0));
  bytes[bytes.size() - 20] ^= 1;
  WriteText(FrameFile(0), bytes);
  Read();
  ExpectAnomaly("frame file is truncated or damaged, skipped", "cam0/data.csv:2", 1);
  ExpectFramesWithout({0});
  ExpectFramesWithoutImage({0});
}

TEST_F(AslLogRowsTest, FrameOfAnotherSize) {
  Image<uint8_t> image(kHeight, kWidth);
  image.fill(1);
  ASSERT_TRUE(WriteMonoPng(FrameFile(4), image));
  Read();
  ExpectAnomaly("image has not the size that its calibration gives, skipped", "cam0/data.csv:6", 1);
  ExpectFramesWithout({4});
  ExpectFramesWithoutImage({4});
}

TEST_F(AslLogRowsTest, FrameOfAnotherDepth) {
  Image<uint16_t> image(kWidth, kHeight);
  image.fill(1000);
  ASSERT_TRUE(WriteMonoPng(FrameFile(2), image));
  Read();
  ExpectAnomaly("image has another depth than those before it, skipped", "cam0/data.csv:4", 1);
  ExpectFramesWithout({2});
  ExpectFramesWithoutImage({2});
  EXPECT_EQ(counts_[1].first, FromNanoseconds(FrameTime(0, 0)));
  EXPECT_EQ(counts_[1].last, FromNanoseconds(FrameTime(0, 4)));
  EXPECT_EQ(counts_[0].first, FromNanoseconds(SampleTime(0)));
  EXPECT_EQ(counts_[0].last, FromNanoseconds(SampleTime(kSamples - 1)));
}

TEST_F(AslLogRowsTest, FileNamesMustNotLeaveTheFolder) {
  const std::string secret = "../../cam1/data/" + std::to_string(FrameTime(1, 1)) + ".png";
  ReplaceLine("cam0/data.csv", 3, std::to_string(FrameTime(0, 1)) + "," + secret);
  ReplaceLine("cam0/data.csv", 4, std::to_string(FrameTime(0, 2)) + ",..");
  ReplaceLine("cam0/data.csv", 5, std::to_string(FrameTime(0, 3)) + ",");
  Read();
  ExpectAnomaly("row whose file name is not that of a file in data/, skipped", "cam0/data.csv:3",
                3);
  ExpectFramesWithout({1, 2, 3});
  ExpectFramesWithoutImage({});  // rows that say nothing are no frames
  EXPECT_EQ(reference_frames_, 2);
}

TEST_F(AslLogRowsTest, FrameRowsWithExposureAndGainAreRead) {
  ReplaceLine(
      "cam0/data.csv", 3,
      std::to_string(FrameTime(0, 1)) + "," + std::to_string(FrameTime(0, 1)) + ".png,5000000,2.5");
  Read();
  EXPECT_THAT(anomalies_, IsEmpty());
  ExpectFramesWithout({});
}

TEST_F(AslLogRowsTest, FrameRowsWithBadColumnsAndTimes) {
  ReplaceLine("cam0/data.csv", 2, std::to_string(FrameTime(0, 0)));
  ReplaceLine("cam0/data.csv", 4,
              std::to_string(FrameTime(0, 1)) + "," + std::to_string(FrameTime(0, 2)) + ".png");
  Read();
  ASSERT_EQ(anomalies_.size(), 2u);
  EXPECT_EQ(anomalies_[0].what, "row without 2 to 4 columns, skipped");
  EXPECT_EQ(anomalies_[0].first_where, "cam0/data.csv:2");
  EXPECT_EQ(anomalies_[1].what, "row repeats the time of the row before, skipped");
  EXPECT_EQ(anomalies_[1].first_where, "cam0/data.csv:4");
  ExpectFramesWithout({0, 2});
  EXPECT_EQ(reference_frames_, 3);
}

TEST_F(AslLogRowsTest, ACameraOfWhichNothingCanBeReadIsACount) {
  for (int i = 0; i < kFrames; ++i) WriteText(FrameFile(i), "no image");
  Read();
  ExpectAnomaly("frame file is truncated or damaged, skipped", "cam0/data.csv:2", kFrames);
  ExpectFramesWithout({0, 1, 2, 3, 4});
  ExpectFramesWithoutImage({0, 1, 2, 3, 4});
}

}  // namespace
}  // namespace nightjar
