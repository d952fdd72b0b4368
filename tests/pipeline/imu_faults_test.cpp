// SPDX-License-Identifier: Apache-2.0
// An inertial sensor or a calibration that cannot be right.
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
  Run(LogWithout({"imu0"}, [](double t) { return t > kBegin; }));
  ExpectUnharmedBefore(kBegin);
  const auto rows = Judge();
  ExpectErrorBelow(0.2, rows);
  ExpectAccurate(0.08);
  for (const JudgedRow& row : rows) {
    EXPECT_TRUE(row.t < kBegin + 0.15 || row.status != "tracking")
        << row.t << ": images and an IMU that is not there cannot agree";
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
    text += damaged ? line.substr(0, line.find(',')) + ",nan,nan,nan,nan,nan,nan" : line;
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

TEST_F(FaultsTest, SwappedExtrinsicsAreNeverTracking) {
  // The right camera is said to be on the left: its matches would have to lie behind the cameras,
  // so that hardly one is found, and what is left is one camera and an IMU.
  const fs::path log = CopyLog();
  fs::rename(log / "mav0/cam0/sensor.yaml", log / "mav0/swap");
  fs::rename(log / "mav0/cam1/sensor.yaml", log / "mav0/cam0/sensor.yaml");
  fs::rename(log / "mav0/swap", log / "mav0/cam1/sensor.yaml");
  const ProcessSummary summary = Run(log);
  EXPECT_LT(summary.frames_used, 81);
  EXPECT_EQ(Count(Judge(), "tracking"), 0) << "no second camera confirms the scale";
  const Result<Evaluation> right = Evaluate({session(), truth(), {}});
  const Result<Evaluation> swapped = Evaluate({Session(), truth(), {}});
  ASSERT_TRUE(right && swapped);
  EXPECT_GT(swapped->causal.error.ate_rmse_m, 2 * right->causal.error.ate_rmse_m);
  EXPECT_LT(swapped->causal.error.ate_rmse_m, 0.3) << "worse, and bounded";
}

}  // namespace
}  // namespace nightjar
