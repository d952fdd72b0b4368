// SPDX-License-Identifier: Apache-2.0
#include "data/frame_row.h"

#include <gtest/gtest.h>

#include <limits>

namespace nightjar {
namespace {

constexpr int64_t kMs = 1'000'000;

RigCamera Camera(StampReference reference, double readout_s, double time_offset_s) {
  RigCamera camera;
  camera.sensor.stamp_reference = reference;
  camera.readout_s = readout_s;
  camera.time_offset_s = time_offset_s;
  return camera;
}

std::optional<int64_t> TimeInMs(int64_t stamp_ms, std::optional<int64_t> exposure_ms,
                                const RigCamera& camera) {
  std::optional<int64_t> exposure_ns;
  if (exposure_ms) exposure_ns = *exposure_ms * kMs;
  const auto time = FrameTime(stamp_ms * kMs, exposure_ns, camera);
  if (!time) return std::nullopt;
  EXPECT_EQ(ToNanoseconds(*time) % kMs, 0);
  return ToNanoseconds(*time) / kMs;
}

// A rolling shutter by hand: rows begin to expose from 1000 ms (the first) to 1020 ms (the last),
// each for 8 ms. The middle row exposes from 1010 to 1018 ms: its middle is at 1014 ms. The last
// row ends at 1028 ms.
TEST(FrameTimeTest, TheThreeMomentsOfOneExposureGiveOneTime) {
  EXPECT_EQ(TimeInMs(1000, 8, Camera(StampReference::kStart, 0.020, 0)), 1014);
  EXPECT_EQ(TimeInMs(1014, 8, Camera(StampReference::kMiddle, 0.020, 0)), 1014);
  EXPECT_EQ(TimeInMs(1028, 8, Camera(StampReference::kEnd, 0.020, 0)), 1014);
}

TEST(FrameTimeTest, AGlobalShutterHasNoReadout) {
  EXPECT_EQ(TimeInMs(1000, 8, Camera(StampReference::kStart, 0, 0)), 1004);
  EXPECT_EQ(TimeInMs(1008, 8, Camera(StampReference::kEnd, 0, 0)), 1004);
}

// The camera's clock is 3 ms behind the IMU's: what it calls 1000 the IMU calls 1003.
TEST(FrameTimeTest, TheOffsetIsAddedToTheCamerasTime) {
  EXPECT_EQ(TimeInMs(1000, 8, Camera(StampReference::kMiddle, 0, 0.003)), 1003);
  EXPECT_EQ(TimeInMs(1000, 8, Camera(StampReference::kMiddle, 0, -0.003)), 997);
  EXPECT_EQ(TimeInMs(1000, 8, Camera(StampReference::kStart, 0.020, 0.003)), 1017);
}

TEST(FrameTimeTest, WithoutAnExposureOnlyTheReadoutIsKnown) {
  EXPECT_EQ(TimeInMs(1000, std::nullopt, Camera(StampReference::kStart, 0.020, 0)), 1010);
  EXPECT_EQ(TimeInMs(1000, std::nullopt, Camera(StampReference::kEnd, 0.020, 0)), 990);
}

// 1e18 ns and an odd shift: a double would have lost it.
TEST(FrameTimeTest, TimesAreExactToTheNanosecond) {
  const RigCamera camera = Camera(StampReference::kStart, 0, 1e-9);
  EXPECT_EQ(FrameTime(1403636584763555584, 7, camera), FromNanoseconds(1403636584763555588));
}

TEST(FrameTimeTest, TheStampIsMovedByTheOffsetAlone) {
  const RigCamera camera = Camera(StampReference::kEnd, 0.020, 0.003);
  EXPECT_EQ(StampTime(1000 * kMs, camera), FromNanoseconds(1003 * kMs));
  constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
  EXPECT_EQ(StampTime(kLast - 3 * kMs, camera), FromNanoseconds(kLast));
  EXPECT_EQ(StampTime(kLast - 3 * kMs + 1, camera), std::nullopt);
}

TEST(FrameTimeTest, TimesBeforeZeroAndBeyondTheLastAreNone) {
  EXPECT_EQ(TimeInMs(3, 8, Camera(StampReference::kEnd, 0, 0)), std::nullopt);
  EXPECT_EQ(TimeInMs(4, 8, Camera(StampReference::kEnd, 0, 0)), 0);
  constexpr int64_t kLast = std::numeric_limits<int64_t>::max();
  const RigCamera late = Camera(StampReference::kMiddle, 0, 1e-9);
  EXPECT_EQ(FrameTime(kLast, std::nullopt, late), std::nullopt);
  EXPECT_EQ(FrameTime(kLast - 1, std::nullopt, late), FromNanoseconds(kLast));
}

class FrameRowParserTest : public testing::Test {
 protected:
  FrameRow Parse(const std::vector<std::string_view>& fields) {
    const auto row = FrameRowParser(camera_)(fields);
    EXPECT_TRUE(row) << row.error();
    return row.value_or(FrameRow());
  }
  RigCamera camera_;
};

TEST_F(FrameRowParserTest, ReadsExposureAndGain) {
  camera_.sensor.stamp_reference = StampReference::kStart;
  const FrameRow row = Parse({"1000000000", "a.png", "8000000", "2.5"});
  EXPECT_EQ(row.time, FromNanoseconds(1004000000));
  EXPECT_EQ(row.filename, "a.png");
  EXPECT_EQ(row.exposure_ns, 8000000);
  EXPECT_EQ(row.gain, 2.5);
  EXPECT_FALSE(row.exposure_refused || row.gain_refused);
}

TEST_F(FrameRowParserTest, AbsentColumnsAreNoFault) {
  const FrameRow row = Parse({"5", "a.png"});
  EXPECT_EQ(row.exposure_ns, std::nullopt);
  EXPECT_EQ(row.gain, std::nullopt);
  EXPECT_FALSE(row.exposure_refused || row.gain_refused);
}

TEST_F(FrameRowParserTest, WholeNumbersMayBeWrittenAsDecimals) {
  EXPECT_EQ(Parse({"5", "a.png", "8000000.0"}).exposure_ns, 8000000);
  EXPECT_EQ(Parse({"5", "a.png", "8.0e6"}).exposure_ns, 8000000);
}

TEST_F(FrameRowParserTest, ValuesThatAreNoneAreLeftOutAndRemembered) {
  for (const char* exposure : {"", "nan", "NaN", "inf", "-8000000", "0", "100000000001", "8 ms"}) {
    const FrameRow row = Parse({"5", "a.png", exposure, "1"});
    EXPECT_EQ(row.exposure_ns, std::nullopt) << exposure;
    EXPECT_TRUE(row.exposure_refused) << exposure;
    EXPECT_FALSE(row.gain_refused);
  }
  for (const char* gain : {"", "nan", "-1", "0", "inf", "x2"}) {
    const FrameRow row = Parse({"5", "a.png", "1", gain});
    EXPECT_EQ(row.gain, std::nullopt) << gain;
    EXPECT_TRUE(row.gain_refused) << gain;
    EXPECT_FALSE(row.exposure_refused);
  }
  EXPECT_EQ(Parse({"5", "a.png", "100000000000"}).exposure_ns, kMaxExposure);
}

TEST_F(FrameRowParserTest, RowsThatSayNothingAreRefused) {
  const FrameRowParser parse(camera_);
  EXPECT_FALSE(parse({"5"}));
  EXPECT_FALSE(parse({"5", "a.png", "1", "1", "1"}));
  EXPECT_FALSE(parse({"5.5", "a.png"}));
  EXPECT_FALSE(parse({"5", "../a.png"}));
  camera_.time_offset_s = -1;
  EXPECT_FALSE(FrameRowParser(camera_)({"999999999", "a.png"})) << "before 0 on the IMU's clock";
  EXPECT_TRUE(FrameRowParser(camera_)({"1000000000", "a.png"}));
}

}  // namespace
}  // namespace nightjar
