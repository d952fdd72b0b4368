// SPDX-License-Identifier: Apache-2.0
// Two cameras that one trigger starts and that expose for different times.
#include <cmath>
#include <cstdio>
#include <memory>

#include "apps/pipeline/front_end.h"
#include "data/sensor_log.h"
#include "spatial/trajectory_error.h"
#include "tests/pipeline/rendered_log_test_base.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

// cam0 for 2 ms; cam1, as its auto-exposure goes, for 10 to 18 ms: mid-exposures 4 to 8 ms apart.
double Exposure(size_t camera, int n) { return camera == 0 ? 0.002 : 0.010 + 0.004 * (n % 3); }

/// What the front end makes of a log, held against the truth.
struct StereoJudgement {
  int features = 0;   // of the reference camera
  int matches = 0;    // of the second one
  double rms_px = 0;  // of matches within 3 px, against where the second camera would see at the
                      // frame's time what the first one sees
  int wrong = 0;      // matches that are farther off
  int64_t unpaired = 0;
};

StereoJudgement Judge(const fs::path& folder, const SmoothMotion& motion, double start_s) {
  StereoJudgement judged;
  const auto log = OpenSensorLog(folder);
  EXPECT_TRUE(log) << log.error().Message();
  const Rig rig = (*log)->rig();
  FrontEnd front_end(rig, {}, {});
  std::vector<Measurement> measurements;
  std::optional<SensorTime> first;
  while (auto record = (*log)->Next().value()) {
    EXPECT_TRUE(front_end.Add(*std::move(record), measurements));
  }
  EXPECT_TRUE(front_end.Finish(measurements));
  double sum = 0;
  for (const Measurement& measurement : measurements) {
    const auto* frame = std::get_if<FrameObservations>(&measurement);
    if (frame == nullptr) continue;
    if (!first) first = frame->time - FromSeconds(Exposure(0, 0) / 2);
    const Se3 T_world_body = motion.Pose(start_s + ToSeconds(frame->time - *first));
    const FeatureObservation* left = nullptr;
    for (const FeatureObservation& feature : frame->features) {
      if (feature.camera == 0) left = &feature;
      judged.features += feature.camera == 0;
      if (feature.camera != 1) continue;
      const Se3 T_world_left = T_world_body * rig.cameras[0].T_body_camera;
      const Eigen::Vector3d ray =
          T_world_left.rotation * rig.cameras[0].model->Unproject(left->pixel).value();
      const Eigen::Vector3d point =
          T_world_left.translation + DistanceToWall(T_world_left.translation, ray) * ray;
      const auto expected = rig.cameras[1].model->Project(
          (T_world_body * rig.cameras[1].T_body_camera).Inverse() * point);
      const double error = expected ? (*expected - feature.pixel).norm() : 1e3;
      ++judged.matches;
      judged.wrong += error > 3;
      if (error <= 3) sum += error * error;
    }
  }
  judged.rms_px = std::sqrt(sum / std::max(1, judged.matches - judged.wrong));
  judged.unpaired = front_end.unpaired_frames();
  return judged;
}

class TriggerTest : public testing::Test {
 protected:
  fs::path Write(const std::string& name,
                 const std::function<double(size_t camera, int n)>& exposure_s) {
    options_.seconds = 3;
    options_.exposure_s = exposure_s;
    const RenderedLog log = RenderLog(options_);
    const fs::path folder = folder_.path() / name;
    const Status written = WriteRenderedLog(log, folder);
    EXPECT_TRUE(written) << written.error().Message();
    for (const Frame& frame : log.frames) {
      if (frame.camera == 0) times_.push_back(frame.time);
    }
    return folder;
  }

  TemporaryFolder folder_;
  RenderOptions options_;
  std::vector<SensorTime> times_;  // of the reference camera's frames
};

TEST_F(TriggerTest, MatchesAreThoseOfTheFramesOwnTime) {
  const fs::path equal = Write("equal", [](size_t, int) { return 0.002; });
  const fs::path different = Write("different", Exposure);
  const StereoJudgement expected = Judge(equal, options_.motion, options_.start_s);
  const StereoJudgement judged = Judge(different, options_.motion, options_.start_s);
  EXPECT_EQ(judged.unpaired, 0);
  EXPECT_GT(judged.matches, 0.85 * expected.matches) << "all but those of new tracks";
  EXPECT_LT(judged.matches, expected.matches);
  EXPECT_LT(judged.wrong, 0.01 * judged.matches);
  EXPECT_GT(judged.rms_px, 0.01) << "too good to have been compared at all";
  // What the acceleration of 5 m/s^2 between two frames and the delay leaves of a wall 3 m away:
  // 0.84 mm, 0.065 px. Not moved, matches would be 0.5 px off and more.
  EXPECT_LT(judged.rms_px, std::hypot(expected.rms_px, 0.065)) << expected.rms_px;
}

TEST_F(TriggerTest, TheTrajectoryIsAsAccurateAsWithEqualExposures) {
  double ate_m[2] = {};
  for (const bool equal : {true, false}) {
    const fs::path log =
        equal ? Write("equal", [](size_t, int) { return 0.002; }) : Write("different", Exposure);
    ProcessOptions options;
    options.log = log;
    options.session = folder_.path() / (equal ? "equal_session" : "session");
    const Result<ProcessSummary> summary = Process(options);
    ASSERT_TRUE(summary) << summary.error().Message();
    EXPECT_THAT(summary->warnings, testing::Not(testing::Contains(testing::HasSubstr("partner"))));
    EXPECT_GE(summary->frames_used, summary->frames - 1);
    const Result<Evaluation> result =
        Evaluate({options.session, log / "mav0/groundtruth/truth.txt", {}});
    ASSERT_TRUE(result) << result.error().Message();
    ate_m[equal] = result->causal.error.ate_rmse_m;
    EXPECT_GT(ate_m[equal], 1e-3) << "too good to have been compared at all";
    EXPECT_LT(result->final->error.ate_rmse_m, 0.02);
    std::printf("%s exposures: causal %.4f m, final %.4f m\n", equal ? "equal" : "different",
                ate_m[equal], result->final->error.ate_rmse_m);
  }
  EXPECT_LT(ate_m[0], 1.5 * ate_m[1]);
}

// A frame waits for its partner's longer exposure, and knows nothing of what the IMU says
// meanwhile.
TEST_F(TriggerTest, WhatTheImuSaysWhileAFrameWaitsIsNotInItsRow) {
  const fs::path whole = Write("whole", Exposure);
  const auto rows = [&](const fs::path& log) {
    ProcessOptions options;
    options.log = log;
    options.session = folder_.path() / "session";
    options.profile = "edge";
    EXPECT_TRUE(Process(options));
    return CausalRows(options.session);
  };
  const auto all = rows(whole);
  const fs::path cut = folder_.path() / "cut";
  fs::copy(whole, cut, fs::copy_options::recursive);
  const SensorTime last = times_[40];
  for (const char* stream : {"cam0", "cam1", "imu0"}) {
    FilterRows(cut / "mav0" / stream / "data.csv", [last](SensorTime t) { return t <= last; });
  }
  ExpectPrefix(rows(cut), all, 41);
}

TEST_F(TriggerTest, CamerasWithTriggersOfTheirOwnDoNotPair) {
  const fs::path log = Write("log", Exposure);
  const fs::path csv = log / "mav0/cam1/data.csv";
  std::string moved;
  for (const std::string& line : Lines(ReadText(csv))) {  // 7 ms later; its images keep their names
    moved += line[0] == '#'
                 ? line
                 : std::to_string(std::stoll(line) + 7'000'000) + line.substr(line.find(','));
    moved += '\n';
  }
  WriteText(csv, moved);
  const StereoJudgement judged = Judge(log, options_.motion, options_.start_s);
  EXPECT_EQ(judged.matches, 0);
  EXPECT_EQ(judged.unpaired, 61);
}

}  // namespace
}  // namespace nightjar
