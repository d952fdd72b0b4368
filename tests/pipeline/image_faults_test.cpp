// SPDX-License-Identifier: Apache-2.0
// Frames that are missing, damaged or show nothing.
#include <optional>

#include "tests/pipeline/faults_test_base.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

TEST_F(FaultsTest, NothingWrongIsTheMeasureOfTheRest) {
  fs::copy(session(), Session(), fs::copy_options::recursive);
  const auto rows = Judge();
  ExpectErrorBelow(0.12, rows);
  EXPECT_GE(Count(rows, "tracking"), 60);
  EXPECT_EQ(Count(rows, "tracking") + Count(rows, "initialising"), 81);
  ExpectAccurate(0.04);
}

TEST_F(FaultsTest, ASecondWithoutFrames) {
  const ProcessSummary summary = Run(
      LogWithout({"cam0", "cam1"}, [](double t) { return t > kBegin - 1e-6 && t < kEnd - 1e-6; }));
  EXPECT_EQ(summary.frames, 81 - 20);
  ExpectUnharmedBefore(kBegin);
  ExpectErrorBelow(0.15, Judge());
  ExpectAccurate(0.05);
}

TEST_F(FaultsTest, ASecondOfBlackFramesIsDeadReckonedAndNothingElse) {
  Image<uint8_t> black(376, 240);
  black.fill(0);
  const ProcessSummary summary =
      Run(LogWithImages([&black](size_t i) -> std::optional<Image<uint8_t>> {
        if (!InFault(rendered().frames[i].time)) return std::nullopt;
        return black;
      }));
  EXPECT_EQ(summary.frames, 81);
  EXPECT_THAT(summary.warnings, testing::Contains(testing::HasSubstr("without a usable pose")));
  ExpectUnharmedBefore(kBegin);
  const auto rows = Judge();
  const auto scores = ReadTrajectoryRows(Session() / "slam" / "open_loop_trajectory.csv").value();
  int usable = 0;
  for (size_t k = 0; k < rows.size(); ++k) {
    const bool blind = rows[k].t > kBegin - 1e-6 && rows[k].t < kEnd - 1e-6;
    if (blind) {
      EXPECT_THAT(rows[k].status, testing::AnyOf("dead-reckoned", "lost")) << rows[k].t;
      EXPECT_EQ(scores[k].quality, 0) << rows[k].t;
    }
    // A second of a consumer IMU: centimetres. More would be a wrong sign or bias.
    EXPECT_LT(rows[k].error_m, 0.25) << rows[k].t;
    if (rows[k].t > kEnd + 0.3) {
      EXPECT_EQ(rows[k].status, "tracking") << "back again";
    }
    usable += scores[k].quality >= 0.5;
  }
  EXPECT_DOUBLE_EQ(summary.coverage, usable / 81.0);
  EXPECT_LE(summary.coverage, 61 / 81.0);
  EXPECT_GE(summary.coverage, 57 / 81.0);
  ExpectAccurate(0.08);
}

TEST_F(FaultsTest, APictureThatFreezesIsNotBelievedAgainstTheImu) {
  const auto frozen = [this](size_t i) -> std::optional<Image<uint8_t>> {
    const Frame& frame = rendered().frames[i];
    if (Seconds(frame.time) < kBegin) return std::nullopt;
    for (const Frame& last : rendered().frames) {  // of the same camera, the last before
      if (last.camera == frame.camera && Seconds(last.time) > kBegin - 0.051)
        return std::get<Image<uint8_t>>(last.image);
    }
    return std::nullopt;
  };
  Run(LogWithImages(frozen));
  ExpectUnharmedBefore(kBegin);
  for (const JudgedRow& row : Judge()) {
    if (row.t < kBegin + 0.06) continue;
    EXPECT_TRUE(row.status != "tracking" || row.error_m < 0.05)
        << row.t << " s: " << row.status << ", wrong by " << row.error_m;
  }
}

TEST_F(FaultsTest, BlackFromTheFirstFrameHasNoAnswerThatItBelieves) {
  Image<uint8_t> black(376, 240);
  black.fill(0);
  const fs::path log = LogWithImages([&black](size_t) { return std::optional(black); });
  const Result<ProcessSummary> summary = Process(Options(log, Session()));
  if (!summary) {
    EXPECT_EQ(summary.error().kind, ErrorKind::kNoAnswer) << summary.error().Message();
    EXPECT_THAT(summary.error().remedy, testing::HasSubstr(Session().string()))
        << "where the causal part is";
  } else {
    EXPECT_EQ(summary->landmarks, 0);
  }
  const auto health = ReadHealth(Session());
  ASSERT_EQ(health.size(), 81U);
  for (const HealthLine& line : health) {
    EXPECT_THAT(line.status, testing::AnyOf("dead-reckoned", "lost"));
  }
}

TEST_F(FaultsTest, ATruncatedImageCostsOneFrameAndIsNamed) {
  const fs::path log = CopyLog();
  const fs::path image = ImageFile(log, "cam0", 45);
  fs::resize_file(image, fs::file_size(image) / 2);
  const ProcessSummary summary = Run(log);
  EXPECT_EQ(summary.frames, 81) << "it was offered";
  EXPECT_EQ(summary.frames_used, 80);
  EXPECT_THAT(summary.warnings,
              testing::Contains(testing::AllOf(testing::HasSubstr("truncated"),
                                               testing::HasSubstr("cam0/data.csv:47"))));
  ExpectUnharmedBefore(45 / 20.0);
  const auto rows = Judge();
  ASSERT_EQ(rows.size(), 81U);
  EXPECT_NEAR(rows[45].t, 2.25, 1e-9);
  EXPECT_EQ(rows[45].status, "dead-reckoned");
  EXPECT_EQ(rows[46].status, "tracking") << "tracks have waited";
  ExpectErrorBelow(0.12, rows);
  ExpectAccurate(0.04);
}

TEST_F(FaultsTest, FramesWithoutAFileCountAsOfferedAndNotAsUsed) {
  const fs::path log = CopyLog();
  for (int frame = 40; frame < 60; ++frame) fs::remove(ImageFile(log, "cam0", frame));
  fs::remove(ImageFile(log, "cam1", 70));  // costs a stereo view and no row
  const ProcessSummary summary = Run(log);
  EXPECT_EQ(summary.frames, 81);
  EXPECT_LE(summary.frames_used, 61);
  EXPECT_GE(summary.frames_used, 57);
  EXPECT_DOUBLE_EQ(summary.coverage, static_cast<double>(summary.frames_used) / 81);
  EXPECT_THAT(summary.warnings, testing::Not(testing::Contains(testing::HasSubstr("partner"))));
  ExpectUnharmedBefore(kBegin);
  const auto rows = Judge();
  ASSERT_EQ(rows.size(), 81U);
  for (size_t k = 40; k < 60; ++k) {
    EXPECT_THAT(rows[k].status, testing::AnyOf("dead-reckoned", "lost")) << k;
  }
  EXPECT_EQ(rows[70].status, "tracking");
  ExpectErrorBelow(0.25, rows);
  const auto closed = ReadTrajectoryRows(Session() / "slam" / "closed_loop_trajectory.csv").value();
  EXPECT_EQ(closed.size(), 81U);
  ExpectAccurate(0.08);
}

TEST_F(FaultsTest, NoImageOfTheReferenceCameraIsAnError) {
  const fs::path log = CopyLog();
  for (const auto& entry : fs::directory_iterator(log / "mav0" / "cam0" / "data")) {
    fs::resize_file(entry.path(), 10);
  }
  const Result<ProcessSummary> summary = Process(Options(log, Session()));
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind, ErrorKind::kUnusableInput);
  EXPECT_EQ(summary.error().what, "no frame of the reference camera could be used");
  EXPECT_FALSE(fs::exists(Session()));
}

TEST_F(FaultsTest, ImagesOfAnotherKindCostOneFrameEach) {
  const fs::path log = CopyLog();
  const Image<uint8_t>& good = std::get<Image<uint8_t>>(rendered().frames[2 * 40].image);
  Image<uint8_t> quarter(good.width() / 2, good.height() / 2);
  quarter.fill(99);
  Image<uint16_t> deep(good.width(), good.height());
  deep.for_each_element(
      [&](int x, int y) { deep(x, y) = static_cast<uint16_t>(257 * good(x, y)); });
  ASSERT_TRUE(WriteColourPng(ImageFile(log, "cam0", 40), good));
  ASSERT_TRUE(WriteMonoPng(ImageFile(log, "cam0", 45), quarter));
  ASSERT_TRUE(WriteMonoPng(ImageFile(log, "cam0", 50), deep));
  ASSERT_TRUE(WriteMonoPng(ImageFile(log, "cam1", 55), deep));  // costs a stereo view and no row
  const ProcessSummary summary = Run(log);
  EXPECT_EQ(summary.frames, 81) << "they were offered";
  EXPECT_EQ(summary.frames_used, 78);
  for (const auto& [what, where] :
       {std::pair("not grey", "cam0/data.csv:42"), std::pair("not the size", "cam0/data.csv:47"),
        std::pair("another depth", "cam0/data.csv:52"),
        std::pair("another depth", "cam1/data.csv:57")}) {
    EXPECT_THAT(summary.warnings, testing::Contains(testing::AllOf(testing::HasSubstr(what),
                                                                   testing::HasSubstr("1 times"),
                                                                   testing::HasSubstr(where))));
  }
  ExpectUnharmedBefore(40 / 20.0);
  const auto rows = Judge();
  for (const size_t frame : {40U, 45U, 50U}) {
    EXPECT_EQ(rows[frame].status, "dead-reckoned") << frame;
    EXPECT_EQ(rows[frame + 1].status, "tracking") << frame << ": tracks have waited";
  }
  EXPECT_EQ(rows[55].status, "tracking");
  ExpectErrorBelow(0.12, rows);
  ExpectAccurate(0.04);
}

TEST_F(FaultsTest, TheRightCameraMayDie) {
  const ProcessSummary summary = Run(LogWithout({"cam1"}, [](double t) { return t > kBegin; }));
  EXPECT_EQ(summary.frames, 81);
  EXPECT_THAT(summary.warnings, testing::Contains("cam1 ends 2.00 s before cam0"));
  ExpectUnharmedBefore(kBegin + 0.05);
  const auto rows = Judge();
  // Distances that both cameras saw are still good for a while; then the scale is the IMU's alone.
  EXPECT_EQ(rows[42].status, "tracking");
  ExpectErrorBelow(0.12, rows);
  ExpectAccurate(0.04);
}

TEST_F(FaultsTest, TheReferenceCameraMayNot) {
  const ProcessSummary summary = Run(LogWithout({"cam0"}, [](double t) { return t > kBegin; }));
  EXPECT_EQ(summary.frames, 41) << "a row per frame of the reference camera";
  EXPECT_THAT(summary.warnings,
              testing::Contains(testing::HasSubstr("40 frames without a partner")));
  EXPECT_THAT(summary.warnings,
              testing::Contains(testing::StartsWith("cam0 ends 2.00 s before cam1: ")));
  ExpectUnharmedBefore(kBegin + 0.05);
}

TEST_F(FaultsTest, AReferenceCameraThatDiesWhileItIsStillListedIsDeadReckoned) {
  const fs::path log = CopyLog();
  for (int frame = 41; frame < 81; ++frame) {
    if (frame % 2 == 0) {
      fs::remove(ImageFile(log, "cam0", frame));
    } else {
      fs::resize_file(ImageFile(log, "cam0", frame), 0);
    }
  }
  const ProcessSummary summary = Run(log);
  EXPECT_EQ(summary.frames, 81);
  EXPECT_EQ(summary.frames_used, 41);
  EXPECT_DOUBLE_EQ(summary.coverage, 41 / 81.0);
  EXPECT_THAT(summary.warnings,
              testing::Contains(testing::StartsWith("cam0 ends 2.00 s before cam1: ")));
  EXPECT_THAT(summary.warnings, testing::Contains(testing::AllOf(
                                    testing::HasSubstr("missing"), testing::HasSubstr("20 times"),
                                    testing::HasSubstr("cam0/data.csv:44"))));
  ExpectUnharmedBefore(kBegin + 0.05);
  const auto rows = Judge();
  ASSERT_EQ(rows.size(), 81U);
  for (const JudgedRow& row : rows) {
    if (row.t > kBegin + 0.01) {
      EXPECT_THAT(row.status, testing::AnyOf("dead-reckoned", "lost")) << row.t;
    }
    // Free integration of a consumer IMU: right for a while, and never tracking.
    EXPECT_LT(row.error_m, row.t < kEnd ? 0.25 : 1.5) << row.t;
  }
}

TEST_F(FaultsTest, AFrameOfSaltAndPepperIsNotTracked) {
  NormalSource random(5);
  const fs::path log = LogWithImages([&random](size_t i) -> std::optional<Image<uint8_t>> {
    const Frame& frame = rendered().frames[i];
    if (frame.time != FrameTime(45) && frame.time != FrameTime(52)) return std::nullopt;
    Image<uint8_t> image = std::get<Image<uint8_t>>(frame.image).copy();
    image.for_each_value([&random](uint8_t& value) {
      if (random.Uniform() < 0.3) value = random.Uniform() < 0.5 ? 0 : 255;
    });
    return image;
  });
  EXPECT_EQ(Run(log).frames, 81);
  ExpectUnharmedBefore(45 / 20.0);
  const auto rows = Judge();
  for (const size_t noisy : {45U, 52U}) {
    EXPECT_THAT(rows[noisy].status, testing::AnyOf("dead-reckoned", "degraded", "lost"));
    for (const size_t after : {3U, 4U, 5U}) EXPECT_EQ(rows[noisy + after].status, "tracking");
  }
  ExpectErrorBelow(0.15, rows);
  ExpectAccurate(0.05);
}

}  // namespace
}  // namespace nightjar
