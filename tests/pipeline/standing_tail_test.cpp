// SPDX-License-Identifier: Apache-2.0
// Logs that end standing: whoever stands still for 20 s is where he was.
#include "tests/pipeline/standing_tail.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <optional>

#include "data/trajectory_file.h"
#include "tests/pipeline/rendered_log_test_base.h"
#include "tests/recordings.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

class StandingTail : public testing::Test {
 protected:
  // The largest distance that a trajectory, causal or final, gets from where it was at the stop.
  double Drift(const fs::path& log, const std::vector<std::string>& cameras,
               SensorTime stop) const {
    ProcessOptions options;
    options.log = log;
    options.session = folder_.path() / "session";
    options.cameras = cameras;
    const Result<ProcessSummary> summary = Process(options);
    EXPECT_TRUE(summary) << summary.error().Message();
    double drift = 0;
    for (const char* file : {"open_loop_trajectory.csv", "closed_loop_trajectory.csv"}) {
      std::optional<Se3> at_stop;
      int rows = 0;
      for (const auto& row : ReadTrajectoryRows(options.session / "slam" / file).value()) {
        if (row.pose.time < stop) continue;
        ++rows;
        EXPECT_EQ(row.quality, 1);
        const Se3& pose = row.pose.T_world_body;
        if (!at_stop) at_stop = pose;
        drift = std::max(drift, (pose.translation - at_stop->translation).norm());
      }
      EXPECT_GE(rows, 399) << "20 s at 20 Hz";
    }
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

  TemporaryFolder folder_;
};

TEST_F(StandingTail, OfARenderedLogDoesNotDrift) {
  // Everything swings at 1/4 Hz: 4 s after 3 s it is at a turning point, at rest.
  RenderOptions options;
  options.motion.frequency.setConstant(0.25);
  options.motion.angle_frequency.setConstant(0.25);
  const RenderedLog swinging = RenderLog(options);
  const fs::path log = folder_.path() / "swinging";
  ASSERT_TRUE(WriteRenderedLog(swinging, log));
  ExpectToStand(log, swinging.truth);
}

TEST_F(StandingTail, OfARecordingDoesNotDrift) {
  NIGHTJAR_RECORDING(recording, "euroc_mh01_12s");
  const auto truth = ReadTrajectoryFile(recording / "mav0/groundtruth/MH_01_easy_tum.txt");
  ASSERT_TRUE(truth) << truth.error().Message();
  ExpectToStand(recording, *truth);
}

}  // namespace
}  // namespace nightjar
