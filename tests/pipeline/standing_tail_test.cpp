// SPDX-License-Identifier: Apache-2.0
// Logs that end standing: whoever stands still for 20 s is where he was.
#include "tests/pipeline/standing_tail.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>

#include "data/trajectory_file.h"
#include "tests/pipeline/rendered_log_test_base.h"
#include "tests/recordings.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

class StandingTail : public RenderedLogTest {
 protected:
  // The largest distance that the causal trajectory gets from where it was at the stop.
  double Drift(const fs::path& log, const std::vector<std::string>& cameras,
               SensorTime stop) const {
    ProcessOptions options = Options(log, folder_.path() / "session");
    options.cameras = cameras;
    options.profile = "edge";
    const Result<ProcessSummary> summary = Process(options);
    EXPECT_TRUE(summary) << summary.error().Message();
    double drift = 0;
    std::optional<Se3> at_stop;
    int rows = 0;
    for (const auto& row :
         ReadTrajectoryRows(options.session / "slam" / "open_loop_trajectory.csv").value()) {
      if (row.pose.time < stop) continue;
      ++rows;
      EXPECT_EQ(row.quality, 1);
      if (!at_stop) at_stop = row.pose.T_world_body;
      drift = std::max(drift, (row.pose.T_world_body.translation - at_stop->translation).norm());
    }
    EXPECT_GE(rows, 399) << "20 s at 20 Hz";
    std::printf("%zu cameras: %.1f mm in 20 s of standing\n", cameras.size(), 1e3 * drift);
    return drift;
  }

  void ExpectToStand(const fs::path& log, const std::vector<StampedPose>& truth) const {
    const fs::path standing = folder_.path() / "standing";
    const Result<SensorTime> stop = WriteStandingTail(log, {}, truth, standing);
    ASSERT_TRUE(stop) << stop.error().Message();
    EXPECT_LE(Drift(standing, {"cam0", "cam1"}, *stop), 0.005);
    EXPECT_LE(Drift(standing, {"cam0"}, *stop), 0.010);
  }
};

TEST_F(StandingTail, OfTheRenderedLogDoesNotDrift) { ExpectToStand(log(), rendered().truth); }

TEST_F(StandingTail, OfARecordingDoesNotDrift) {
  NIGHTJAR_RECORDING(recording, "euroc_mh01_12s");
  const auto truth = ReadTrajectoryFile(recording / "mav0/groundtruth/MH_01_easy_tum.txt");
  ASSERT_TRUE(truth) << truth.error().Message();
  ExpectToStand(recording, *truth);
}

}  // namespace
}  // namespace nightjar
