// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "calibration/make_camera_model.h"
#include "core/so3.h"
#include "data/sensor_log.h"
#include "tests/data/asl_log_writer.h"
#include "tests/temporary_folder.h"

namespace nightjar {

/// A log of 11 IMU samples, every 10 ms from `kStart`, and 5 frames of two cameras, every 20 ms
/// from kStart + 20 ms; cam1 exposes 1 ms after cam0. Images are 20x16; the pixel (x, y) of frame i
/// of camera c is 100 c + 10 i + x + y. Line 1 of every data.csv is the header, so sample or frame
/// i stands in line i + 2.
class SmallLog : public testing::Test {
 protected:
  static constexpr int64_t kStart = 1403636584763555584;
  static constexpr int64_t kMillisecond = 1000000;
  static constexpr int kSamples = 11;
  static constexpr int kFrames = 5;
  static constexpr int kWidth = 20;  // px
  static constexpr int kHeight = 16;

  static Rig MakeRig() {
    Rig rig;
    rig.imu = {"imu0", 100, {1e-4, 2e-5, 2e-3, 3e-3}};
    for (int i = 0; i < 2; ++i) {
      RigCamera camera;
      camera.name = "cam" + std::to_string(i);
      camera.width = kWidth;
      camera.height = kHeight;
      camera.rate_hz = 50;
      camera.model =
          MakeCameraModel("radial-tangential", {17.1, 17.2, 9.5, 7.5}, {-0.1, 0.02, 1e-3, -2e-3})
              .value();
      camera.T_body_camera = {so3::Exp({0.1 + i, 0.2, -0.3}), {0.01, 0.02 + 0.1 * i, 0.03}};
      rig.cameras.push_back(camera);
    }
    return rig;
  }

  static int64_t SampleTime(int i) { return kStart + 10 * i * kMillisecond; }
  static int64_t FrameTime(int camera, int i) {
    return kStart + (20 + 20 * i + camera) * kMillisecond;
  }

  static ImuSample MakeSample(int i) {
    return {FromNanoseconds(SampleTime(i)),
            {0.1 * i, -1.0 / 3, 0.07},
            {0.2, 9.81 + 0.001 * i, -i / 7.0}};
  }

  static Frame MakeFrame(int camera, int i) {
    Image<uint8_t> image(kWidth, kHeight);
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x)
        image(x, y) = static_cast<uint8_t>(100 * camera + 10 * i + x + y);
    }
    return {FromNanoseconds(FrameTime(camera, i)), camera, image};
  }

  static void WriteLog(const std::filesystem::path& folder, const Se3& T_base_body = {}) {
    AslLogWriter writer(folder, MakeRig(), T_base_body);
    for (int i = 0; i < kSamples; ++i) ASSERT_TRUE(writer.AddImu(MakeSample(i)));
    for (int camera = 0; camera < 2; ++camera) {
      for (int i = 0; i < kFrames; ++i) ASSERT_TRUE(writer.AddFrame(MakeFrame(camera, i)));
    }
    const Status status = writer.Finish();
    ASSERT_TRUE(status) << status.error().Message();
  }

  void SetUp() override { WriteLog(log_); }

  /// Replaces line `number` (from 1) of a file below mav0; several lines when `text` has line
  /// breaks.
  void ReplaceLine(const std::string& name, int number, const std::string& text) const {
    std::string all = ReadText(root_ / name);
    size_t begin = 0;
    for (int i = 1; i < number; ++i) begin = all.find('\n', begin) + 1;
    all.replace(begin, all.find('\n', begin) - begin, text);
    WriteText(root_ / name, all);
  }

  /// All records; what goes wrong fails the test.
  static std::vector<Record> ReadAll(SensorLog& log) {
    std::vector<Record> records;
    while (true) {
      auto record = log.Next();
      EXPECT_TRUE(record) << record.error().Message();
      if (!record || !*record) return records;
      records.push_back(**record);
    }
  }

  TemporaryFolder folder_;
  std::filesystem::path log_ = folder_.path() / "log";
  std::filesystem::path root_ = log_ / "mav0";
};

/// Times of the records of one kind, in ns after `start`.
inline std::vector<int64_t> ImuTimes(const std::vector<Record>& records, int64_t start) {
  std::vector<int64_t> times;
  for (const Record& record : records) {
    if (std::holds_alternative<ImuSample>(record))
      times.push_back(ToNanoseconds(TimeOf(record)) - start);
  }
  return times;
}

/// Frames without an image are left out.
inline std::vector<int64_t> FrameTimes(const std::vector<Record>& records, int camera,
                                       int64_t start) {
  std::vector<int64_t> times;
  for (const Record& record : records) {
    const Frame* frame = std::get_if<Frame>(&record);
    if (frame != nullptr && frame->camera == camera && HasImage(*frame))
      times.push_back(ToNanoseconds(frame->time) - start);
  }
  return times;
}

}  // namespace nightjar
