// SPDX-License-Identifier: Apache-2.0
// An inertial sensor or a calibration that cannot be right.
#include <algorithm>
#include <string>
#include <tuple>
#include <utility>

#include "tests/pipeline/faults_test_base.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

TEST_F(FaultsTest, AGapInTheImuIsBridgedByImages) {
  Run(LogWithout({"imu0"}, [](double t) { return t > kBegin && t < kBegin + 0.5; }));
  ExpectUnharmedBefore(kBegin);
  const auto rows = Judge();
  ExpectErrorBelow(0.12, rows);
  ExpectAccurate(0.04);
  for (const JudgedRow& row : rows) {
    if (row.t > kBegin + 0.15 && row.t < kBegin + 0.5) {
      EXPECT_EQ(row.status, "degraded") << row.t;
    } else if (row.t > kEnd) {
      EXPECT_EQ(row.status, "tracking") << row.t;
    }
  }
}

TEST_F(FaultsTest, AnImuThatEndsIsOutlivedByImages) {
  const ProcessSummary summary = Run(LogWithout({"imu0"}, [](double t) { return t > kBegin; }));
  EXPECT_THAT(summary.warnings, testing::Contains("imu0 ends 2.00 s before cam0"));
  ExpectUnharmedBefore(kBegin);
  const auto rows = Judge();
  ExpectErrorBelow(0.2, rows);
  ExpectAccurate(0.08);
  for (const JudgedRow& row : rows) {
    EXPECT_TRUE(row.t < kBegin + 0.15 || row.status != "tracking")
        << row.t << ": images and an IMU that is not there cannot agree";
  }
}

// Causal rows alone are an answer only when one of them can be used.
TEST_F(FaultsTest, AnImuThatEndsBeforeTheFirstFrameIsNoAnswer) {
  const fs::path log = LogWithout({"imu0"}, [](double t) { return t > -0.5; });
  for (const char* profile : {"edge", "offline"}) {
    ProcessOptions options = Options(log, Session());
    options.profile = profile;
    const Result<ProcessSummary> summary = Process(options);
    ASSERT_FALSE(summary) << profile;
    EXPECT_EQ(summary.error().kind, ErrorKind::kNoAnswer) << summary.error().Message();
    for (const HealthLine& line : ReadHealth(Session())) EXPECT_EQ(line.status, "lost");
  }
}

TEST_F(FaultsTest, RowsOfNoNumbersInTheImuAreSkippedAndCounted) {
  const fs::path log = CopyLog();
  const fs::path csv = log / "mav0" / "imu0" / "data.csv";
  std::string text;
  int number = 0;
  for (const std::string& line : Lines(ReadText(csv))) {
    ++number;
    const bool damaged = number > 1 && number % 40 == 7;
    const char* values = number % 80 == 7 ? ",nan,nan,nan,nan,nan,nan" : ",0,0,0,0,-inf,1e999";
    text += damaged ? line.substr(0, line.find(',')) + values : line;
    text += '\n';
  }
  WriteText(csv, text);
  ASSERT_EQ(number, 1002) << "header and 5 s at 200 Hz";
  const ProcessSummary summary = Run(log);
  EXPECT_EQ(summary.frames, 81);
  EXPECT_THAT(summary.warnings,
              testing::Contains(testing::AllOf(testing::HasSubstr("25 times"),
                                               testing::HasSubstr("imu0/data.csv:7"))));
  ExpectErrorBelow(0.12, Judge());
  ExpectAccurate(0.04);
}

TEST_F(FaultsTest, AnImuThatBeginsLateIsWaitedFor) {
  const ProcessSummary summary = Run(LogWithout({"imu0"}, [](double t) { return t < 1; }));
  EXPECT_THAT(summary.warnings, testing::Contains("imu0 begins 1.00 s after cam0"));
  EXPECT_EQ(summary.frames, 81);
  EXPECT_LE(summary.frames_used, 61);
  EXPECT_GE(summary.frames_used, 50);
  const auto health = ReadHealth(Session());
  ASSERT_EQ(health.size(), 81U);
  for (int k = 0; k < 20; ++k) {
    EXPECT_THAT(health[static_cast<size_t>(k)].status, testing::AnyOf("lost", "dead-reckoned"))
        << k;
  }
  for (size_t k = 60; k < 81; ++k) EXPECT_EQ(health[k].status, "tracking") << k;
  const Result<Evaluation> usable = Evaluate({Session(), truth(), 0.5});
  ASSERT_TRUE(usable) << usable.error().Message();
  EXPECT_GT(usable->causal.error.ate_rmse_m, 0.002);
  EXPECT_LT(usable->causal.error.ate_rmse_m, 0.04);
}

TEST_F(FaultsTest, ARangeThatTheMotionExceedsIsFoundAndCostsLittle) {
  // Each sensor clips at two thirds of what this motion asks of it.
  for (const auto& [angular_velocity, specific_force, what] :
       {std::tuple(0.5, 1e3, "angular velocity clipped"), std::tuple(1e3, 11.0, "force clipped")}) {
    SCOPED_TRACE(what);
    const ProcessSummary summary = Run(LogWithSamples(
        [limit_w = angular_velocity, limit_f = specific_force](double, ImuSample& sample) {
          for (double& value : sample.angular_velocity_body)
            value = std::clamp(value, -limit_w, limit_w);
          for (double& value : sample.specific_force_body)
            value = std::clamp(value, -limit_f, limit_f);
        }));
    EXPECT_THAT(summary.warnings, testing::Contains(testing::AllOf(
                                      testing::HasSubstr(what), testing::HasSubstr("imu0/data"))));
    ExpectErrorBelow(0.12, Judge());
    ExpectAccurate(0.04);
  }
}

TEST_F(FaultsTest, ASensorStuckAtTheEndOfItsRangeIsAGap) {
  // 2000 deg/s for a moment, or 16 g for a fifth of a second, on all axes.
  for (const auto& [gyro, duration] : {std::pair(true, 0.02), std::pair(false, 0.2)}) {
    SCOPED_TRACE(std::to_string(gyro) + ' ' + std::to_string(duration));
    const ProcessSummary summary =
        Run(LogWithSamples([gyro = gyro, duration = duration](double t, ImuSample& sample) {
          if (t < kBegin - 1e-6 || t > kBegin + duration - 1e-6) return;
          if (gyro) sample.angular_velocity_body.setConstant(34.9);
          if (!gyro) sample.specific_force_body.setConstant(156.9);
        }));
    EXPECT_THAT(summary.warnings,
                testing::Contains(testing::AllOf(
                    testing::HasSubstr(std::to_string(std::lround(200 * duration)) + " times"),
                    testing::HasSubstr("imu0/data.csv:602"))));
    ExpectUnharmedBefore(kBegin);
    ExpectErrorBelow(0.12, Judge());
    ExpectAccurate(0.04);
  }
}

TEST_F(FaultsTest, SwappedExtrinsicsLeaveOneCameraAndTheImu) {
  // The right camera is said to be on the left: its matches would have to lie behind the cameras,
  // so that hardly one is found, and what is left is one camera and an IMU.
  const fs::path log = CopyLog();
  fs::rename(log / "mav0/cam0/sensor.yaml", log / "mav0/swap");
  fs::rename(log / "mav0/cam1/sensor.yaml", log / "mav0/cam0/sensor.yaml");
  fs::rename(log / "mav0/swap", log / "mav0/cam1/sensor.yaml");
  const ProcessSummary summary = Run(log);
  EXPECT_LT(summary.frames_used, 81) << "one camera has to wait for its scale";
  const Result<Evaluation> right = Evaluate({session(), truth(), 0.5});
  const Result<Evaluation> swapped = Evaluate({Session(), truth(), 0.5});
  ASSERT_TRUE(right && swapped);
  EXPECT_GT(swapped->causal.error.ate_rmse_m, 2 * right->causal.error.ate_rmse_m);
  EXPECT_LT(swapped->causal.error.ate_rmse_m, 0.15) << "worse, and bounded";
}

}  // namespace
}  // namespace nightjar
