// SPDX-License-Identifier: Apache-2.0
// Frames of RAW sensors: their bits, their levels, their exposures, their times.
#include "data/camera_stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "tests/data/small_log.h"

namespace nightjar {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

class CameraStreamTest : public SmallLog {
 protected:
  void SetUp() override {
    SmallLog::SetUp();
    camera_ = MakeRig().cameras[0];
  }

  std::string FileName(int i) const { return std::to_string(FrameTime(0, i)) + ".png"; }

  void WriteImage(int i, const MonoImage& image) {
    ASSERT_TRUE(WriteMonoPng(root_ / "cam0" / "data" / FileName(i), image));
  }

  // All frames as 16-bit images with this value in the first pixel and 1 elsewhere.
  void WriteImages(uint16_t value) {
    for (int i = 0; i < kFrames; ++i) {
      Image<uint16_t> image(kWidth, kHeight);
      image.fill(1);
      image(0, 0) = value;
      WriteImage(i, image);
    }
  }

  // The rows of cam0/data.csv with these further columns.
  void WriteRows(const std::vector<std::string>& columns) {
    std::string text = "#timestamp [ns],filename,exposure [ns],gain\n";
    for (int i = 0; i < kFrames; ++i) {
      text += std::to_string(FrameTime(0, i)) + "," + FileName(i) +
              columns[static_cast<size_t>(i) % columns.size()] + "\n";
    }
    WriteText(root_ / "cam0" / "data.csv", text);
  }

  std::vector<Frame> Read() {
    auto stream = CameraStream::Open(root_, camera_, 0);
    EXPECT_TRUE(stream) << stream.error().Message();
    std::vector<Frame> frames;
    while ((*stream)->next_time()) frames.push_back(std::get<Frame>(*(*stream)->Take().value()));
    anomalies_ = (*stream)->anomalies();
    return frames;
  }

  static int WithImage(const std::vector<Frame>& frames) {
    return static_cast<int>(std::count_if(frames.begin(), frames.end(), HasImage));
  }

  void ExpectAnomaly(const std::string& what, int line, int64_t count) const {
    ASSERT_EQ(anomalies_.size(), 1u);
    EXPECT_EQ(anomalies_[0].what, what);
    EXPECT_EQ(anomalies_[0].first_where, "cam0/data.csv:" + std::to_string(line));
    EXPECT_EQ(anomalies_[0].count, count);
  }

  RigCamera camera_;
  std::vector<LogAnomaly> anomalies_;
};

TEST_F(CameraStreamTest, RawFormatsHoldWhatTheySay) {
  struct Case {
    PixelFormat format;
    uint16_t largest;
  };
  for (const auto [format, largest] :
       {Case{PixelFormat::kRaw10, 1023}, Case{PixelFormat::kRaw12, 4095},
        Case{PixelFormat::kRaw14, 16383}, Case{PixelFormat::kRaw16, 65535},
        Case{PixelFormat::kMono16, 65535}}) {
    camera_.sensor.pixel_format = format;
    WriteImages(largest);
    const std::vector<Frame> frames = Read();
    EXPECT_THAT(anomalies_, IsEmpty()) << largest;
    EXPECT_EQ(std::get<Image<uint16_t>>(frames[0].image)(0, 0), largest);
    if (largest == 65535) continue;
    WriteImages(largest + 1);
    EXPECT_EQ(WithImage(Read()), kFrames) << "the pixel is white, and the rest is a picture";
    ExpectAnomaly("image has values above the largest of its pixel format, taken as white", 2,
                  kFrames);
  }
}

TEST_F(CameraStreamTest, BitsMustBeThoseOfTheFormat) {
  camera_.sensor.pixel_format = PixelFormat::kRaw12;
  EXPECT_EQ(WithImage(Read()), 0);  // the images of SmallLog have 8 bits
  ExpectAnomaly("image has not the 8 or 16 bits of its pixel format, skipped", 2, kFrames);
}

// TUM-VI's logs: 16 bits, and nothing about them in sensor.yaml. With levels that are meant for 8
// bits the same images would be white.
TEST_F(CameraStreamTest, SixteenBitsOfAPlainLogAreTakenUnlessItsLevelsAreOfEight) {
  WriteImages(0xFEDC);
  EXPECT_EQ(WithImage(Read()), kFrames);
  EXPECT_THAT(anomalies_, IsEmpty());
  camera_.sensor.white_level = 255;
  EXPECT_EQ(WithImage(Read()), 0);
  ExpectAnomaly("image has not the 8 or 16 bits of its pixel format, skipped", 2, kFrames);
}

TEST_F(CameraStreamTest, AMosaicComesAsItIs) {
  camera_.sensor.pixel_format = PixelFormat::kRaw10;
  camera_.sensor.colour_filter = ColourFilter::kGrbg;
  Image<uint16_t> mosaic(kWidth, kHeight);
  mosaic.for_each_element(
      [&](int x, int y) { mosaic(x, y) = static_cast<uint16_t>(100 + 200 * (x % 2) + y % 2); });
  for (int i = 0; i < kFrames; ++i) WriteImage(i, mosaic);
  const std::vector<Frame> frames = Read();
  const auto& pixels = std::get<Image<uint16_t>>(frames.back().image);
  mosaic.for_each_element([&](int x, int y) { EXPECT_EQ(pixels(x, y), mosaic(x, y)); });
}

TEST_F(CameraStreamTest, ExposureAndGainComeWithTheFrame) {
  WriteRows({",5000000,2.5", ",6000000,4", "", ",7000000"});
  const std::vector<Frame> frames = Read();
  EXPECT_THAT(anomalies_, IsEmpty());
  EXPECT_EQ(frames[0].exposure_ns, 5000000);
  EXPECT_EQ(frames[0].gain, 2.5);
  EXPECT_EQ(frames[1].exposure_ns, 6000000);
  EXPECT_EQ(frames[1].gain, 4);
  EXPECT_EQ(frames[2].exposure_ns, std::nullopt);
  EXPECT_EQ(frames[3].exposure_ns, 7000000);
  EXPECT_EQ(frames[3].gain, std::nullopt);
  EXPECT_EQ(frames[3].time, FromNanoseconds(FrameTime(0, 3))) << "mid-exposure, as it stands";
}

TEST_F(CameraStreamTest, ExposuresAndGainsThatAreNoneAreCounted) {
  WriteRows({",5000000,2.5", ",nan,nan", ",,", ",-1,1", ",5000000,0"});
  const std::vector<Frame> frames = Read();
  EXPECT_EQ(WithImage(frames), kFrames);
  ASSERT_EQ(anomalies_.size(), 2u);
  EXPECT_EQ(anomalies_[0].what, "exposure is not a number of nanoseconds from 1 to 1e11, left out");
  EXPECT_EQ(anomalies_[0].count, 3);
  EXPECT_EQ(anomalies_[0].first_where, "cam0/data.csv:3");
  EXPECT_EQ(anomalies_[1].what, "gain is not a positive number, left out");
  EXPECT_EQ(anomalies_[1].count, 3);
  EXPECT_EQ(frames[1].exposure_ns, std::nullopt);
  EXPECT_EQ(frames[3].gain, 1);
}

TEST_F(CameraStreamTest, StampsOfTheStartMoveByHalfOfTheirOwnExposure) {
  camera_.sensor.stamp_reference = StampReference::kStart;
  camera_.readout_s = 0.004;
  camera_.time_offset_s = -0.001;
  WriteRows({",2000000", ",6000000"});
  std::vector<int64_t> shifts;
  for (const Frame& frame : Read())
    shifts.push_back(ToNanoseconds(frame.time) - FrameTime(0, static_cast<int>(shifts.size())));
  // (2 + 4) / 2 - 1 ms and (6 + 4) / 2 - 1 ms.
  EXPECT_THAT(shifts, ElementsAre(2 * kMillisecond, 4 * kMillisecond, 2 * kMillisecond,
                                  4 * kMillisecond, 2 * kMillisecond));
}

TEST_F(CameraStreamTest, StampsOfAStartWithoutExposuresAreWarnedOf) {
  camera_.sensor.stamp_reference = StampReference::kEnd;
  Read();
  ExpectAnomaly(
      "exposure is not known: half of it is missing in the frame's time, whose stamp is not that "
      "of mid-exposure",
      2, kFrames);
}

// One damaged exposure moves one frame's time ahead of the next one's: the order stays.
TEST_F(CameraStreamTest, OrderIsThatOfTheMovedTimes) {
  camera_.sensor.stamp_reference = StampReference::kStart;
  WriteRows({",2000000", ",2000000", ",90000000000", ",2000000", ",2000000"});
  EXPECT_EQ(Read().size(), 4u);
  ExpectAnomaly("row jumps ahead of the row after it, skipped", 4, 1);
}

TEST_F(CameraStreamTest, TimesOfACalibrationMustBeTimes) {
  for (const auto& [offset_s, readout_s] : {std::pair{2e9, 0.0}, std::pair{-1e300, 0.0},
                                            std::pair{0.0, 101.0}, std::pair{0.0, -0.01}}) {
    camera_.time_offset_s = offset_s;
    camera_.readout_s = readout_s;
    const auto stream = CameraStream::Open(root_, camera_, 0);
    ASSERT_FALSE(stream);
    EXPECT_EQ(stream.error().kind, ErrorKind::kUnusableInput);
    EXPECT_EQ(stream.error().where, (root_ / "cam0").string());
  }
}

// Frames at 20, 40, ... ms of the camera's clock are at 30, 50, ... ms of the IMU's.
TEST_F(CameraStreamTest, TheIntervalIsOneOfMovedTimes) {
  camera_.time_offset_s = 0.010;
  const auto at_ms = [](int64_t ms) { return FromNanoseconds(kStart + ms * kMillisecond); };
  const FrameInterval interval{at_ms(45), at_ms(65)};
  const auto listing = CameraStream::List(root_, camera_, interval);
  ASSERT_TRUE(listing);
  EXPECT_EQ(listing->first, at_ms(30));
  EXPECT_EQ(listing->last, at_ms(110));
  EXPECT_EQ(listing->in_interval, 1);
  const auto stream = CameraStream::Open(root_, camera_, 0).value();
  ASSERT_TRUE(stream->Restrict(interval));
  ASSERT_EQ(stream->next_time(), at_ms(50));
  ASSERT_TRUE(stream->Take());
  EXPECT_EQ(stream->next_time(), std::nullopt);
}

}  // namespace
}  // namespace nightjar
