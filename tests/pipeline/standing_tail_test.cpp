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

// The largest distance in 20 s of standing from where the body was at the stop, m.
struct Drift {
  double causal = 0;
  double final = 0;
};

class StandingTail : public testing::Test {
 protected:
  static double Largest(const fs::path& file, SensorTime stop) {
    double drift = 0;
    std::optional<Se3> at_stop;
    int rows = 0;
    const std::vector<TrajectoryFileRow> trajectory = ReadTrajectoryRows(file).value();
    for (const TrajectoryFileRow& row : trajectory) {
      if (row.pose.time < stop) continue;
      ++rows;
      EXPECT_EQ(row.quality, 1);
      const Se3& pose = row.pose.T_world_body;
      if (!at_stop) at_stop = pose;
      drift = std::max(drift, (pose.translation - at_stop->translation).norm());
    }
    EXPECT_GE(rows, 399) << "20 s at 20 Hz";
    return drift;
  }

  Drift Stand(const fs::path& log, const std::vector<std::string>& cameras, SensorTime stop) const {
    ProcessOptions options;
    options.log = log;
    options.session = folder_.path() / "session";
    options.cameras = cameras;
    const Result<ProcessSummary> summary = Process(options);
    EXPECT_TRUE(summary) << summary.error().Message();
    const fs::path slam = options.session / "slam";
    const Drift drift = {Largest(slam / "open_loop_trajectory.csv", stop),
                         Largest(slam / "closed_loop_trajectory.csv", stop)};
    std::printf("%zu cameras: %.1f mm causal, %.1f mm final\n", cameras.size(), 1e3 * drift.causal,
                1e3 * drift.final);
    return drift;
  }

  void ExpectToStand(const fs::path& log, const std::vector<StampedPose>& truth,
                     const Drift& two_cameras, const Drift& one_camera) const {
    const fs::path standing = folder_.path() / "standing";
    const Result<SensorTime> stop = WriteStandingTail(log, {}, truth, standing);
    ASSERT_TRUE(stop) << stop.error().Message();
    const Drift two = Stand(standing, {"cam0", "cam1"}, *stop);
    EXPECT_LE(two.causal, two_cameras.causal);
    EXPECT_LE(two.final, two_cameras.final);
    const Drift one = Stand(standing, {"cam0"}, *stop);
    EXPECT_LE(one.causal, one_camera.causal);
    EXPECT_LE(one.final, one_camera.final);
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
  // Of 376x240 px, with an IMU ten times noisier than the recording's: the causal rows settle
  // first.
  ExpectToStand(log, swinging.truth, {0.012, 0.005}, {0.015, 0.010});
}

TEST_F(StandingTail, OfARecordingDoesNotDrift) {
  NIGHTJAR_RECORDING(recording, "euroc_mh01_12s");
  const auto truth = ReadTrajectoryFile(recording / "mav0/groundtruth/MH_01_easy_tum.txt");
  ASSERT_TRUE(truth) << truth.error().Message();
  ExpectToStand(recording, *truth, {0.005, 0.005}, {0.010, 0.010});
}

}  // namespace
}  // namespace nightjar
