// SPDX-License-Identifier: Apache-2.0
// Logs of landmark tracks, and of a depth sensor, as files.
#include <gmock/gmock.h>

#include <cmath>
#include <cstdio>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "apps/pipeline/evaluate.h"
#include "apps/pipeline/inspect.h"
#include "apps/pipeline/process.h"
#include "apps/pipeline/simulate.h"
#include "calibration/rig_yaml.h"
#include "data/sensor_log.h"
#include "data/trajectory_file.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class SimulateTracksTest : public testing::Test {
 protected:
  SimulateOptions Options(double seconds) const {
    SimulateOptions options;
    options.log = folder_.path() / "log";
    options.simulation.seconds = seconds;
    options.simulation.tracks = LandmarkTracksOptions{};
    return options;
  }
  std::map<std::string, std::string> LogFiles() const { return Files(folder_.path() / "log"); }
  // The numbers of a table without its header.
  std::vector<std::vector<double>> Table(const std::string& name) const {
    std::istringstream text(ReadText(folder_.path() / "log" / name));
    std::vector<std::vector<double>> rows;
    for (std::string line; std::getline(text, line);) {
      if (line.front() == '#') continue;
      std::istringstream fields(line);
      rows.emplace_back();
      for (std::string field; std::getline(fields, field, ',');)
        rows.back().push_back(std::stod(field));
    }
    return rows;
  }

  Evaluation ProcessAndEvaluate(const std::string& config) const {
    ProcessOptions process;
    process.log = folder_.path() / "log";
    process.session = folder_.path() / "session";
    process.config = folder_.path() / "config.yaml";
    WriteText(process.config, config);
    const auto summary = Process(process);
    EXPECT_TRUE(summary) << summary.error().Message();
    EvaluateOptions evaluate;
    evaluate.session = process.session;
    evaluate.reference = process.log / "truth/state.csv";
    const auto evaluation = Evaluate(evaluate);
    EXPECT_TRUE(evaluation) << evaluation.error().Message();
    return evaluation.value_or(Evaluation{});
  }

  TemporaryFolder folder_;
};

TEST_F(SimulateTracksTest, TheSameSeedGivesTheSameBytesOnAnyNumberOfThreads) {
  SimulateOptions options = Options(2);
  options.simulation.rig = "glasses";
  options.simulation.rolling_shutter_s = 0.01;
  options.simulation.moving_objects = 2;
  options.simulation.tracks->outlier_share = 0.05;
  options.simulation.tracks->landmarks_per_m2 = 2;
  ASSERT_TRUE(Simulate(options));
  const auto first = LogFiles();
  EXPECT_EQ(first.size(), 3U * (2 + 1) + 2 + 2 + 2) << "tracks, their truth, landmarks, the rest";
  for (const int threads : {1, 8}) {
    options.threads = threads;
    ASSERT_TRUE(Simulate(options)) << "an earlier log of ours is replaced";
    EXPECT_TRUE(LogFiles() == first) << threads;
  }
  options.simulation.seed = 2;
  ASSERT_TRUE(Simulate(options));
  EXPECT_FALSE(LogFiles() == first);
}

// From the log's files alone: landmarks, states and the rig give the pixels of the truth, and those
// of the tracks are noise away from it.
TEST_F(SimulateTracksTest, PixelsAreProjectionsOfTheLogsOwnTruth) {
  SimulateOptions options = Options(2);
  options.simulation.motion = HeadMotion::kLook;
  options.simulation.time_offset_s = 0.007;
  options.simulation.tracks->outlier_share = 0.02;
  const auto made = Simulate(options);
  ASSERT_TRUE(made) << made.error().Message();
  const auto rig = ReadRigYaml(options.log / "rig.yaml");
  ASSERT_TRUE(rig) << rig.error().Message();
  const auto landmarks = Table("truth/landmarks.csv");
  std::map<int64_t, Se3> poses;  // by time
  const auto states = ReadStateFile(options.log / "truth/state.csv");
  ASSERT_TRUE(states) << states.error().Message();
  for (const NavigationState& state : *states)
    poses[ToNanoseconds(state.time)] = state.T_world_body;

  int64_t rows = 0, outliers = 0;
  double squares = 0;
  for (const RigCamera& camera : rig->cameras) {
    std::map<std::pair<double, double>, std::vector<double>> seen;  // by time and track
    for (const auto& row : Table(camera.name + "/tracks.csv")) seen[{row[0], row[1]}] = row;
    const auto truth = Table("truth/" + camera.name + "/tracks.csv");
    ASSERT_EQ(truth.size(), seen.size());
    for (const auto& row : truth) {
      const auto pose = poses.find(std::llround(row[0]) + 7'000'000);
      ASSERT_NE(pose, poses.end()) << "frames are at inertial samples";
      const auto& landmark = landmarks[static_cast<size_t>(row[2])];
      const auto pixel =
          camera.model->Project((pose->second * camera.T_body_camera).Inverse() *
                                Eigen::Vector3d(landmark[2], landmark[3], landmark[4]));
      ASSERT_TRUE(pixel);
      const Eigen::Vector2d exact(row[3], row[4]);
      EXPECT_LT((*pixel - exact).norm(), 1e-9);
      const auto& track = seen.at({row[0], row[1]});
      EXPECT_EQ(track[4], 0.5);
      ++rows;
      if (row[5] != 0) {
        ++outliers;
      } else {
        squares += (Eigen::Vector2d(track[2], track[3]) - exact).squaredNorm() / 0.5;
      }
    }
  }
  EXPECT_EQ(rows, made->observations);
  const auto good = static_cast<double>(rows - outliers);
  ASSERT_GT(good, 5000);
  EXPECT_NEAR(squares / good, 1, 4 / std::sqrt(good)) << "two axes of 0.5 px";
  const auto all = static_cast<double>(rows);
  EXPECT_NEAR(static_cast<double>(outliers) / all, 0.02, 4 * std::sqrt(0.02 / all));
}

TEST_F(SimulateTracksTest, NothingIsWrongWithTheLog) {
  SimulateOptions options = Options(6);
  options.simulation.motion = HeadMotion::kLook;
  ASSERT_TRUE(Simulate(options));
  InspectOptions inspect;
  inspect.log = options.log;
  const auto inspection = Inspect(inspect);
  ASSERT_TRUE(inspection) << inspection.error().Message();
  bool alignment_known = false;
  for (const InspectCheck& check : inspection->checks) {
    EXPECT_TRUE(check.status == InspectCheck::Answer::kOk ||
                check.status == InspectCheck::Answer::kUnknown)
        << check.name << " " << check.where << ": " << check.what;
    EXPECT_TRUE(check.name != "images" && check.name != "brightness") << "there are none";
    alignment_known |= check.name == "imu_mounting" && check.status == InspectCheck::Answer::kOk;
  }
  EXPECT_TRUE(alignment_known) << "the tracks are compared with the gyro";
}

// What the estimator makes of exact noise, told exactly what it is.
TEST_F(SimulateTracksTest, TheEstimatorFollowsAndItsSigmasAreTrue) {
  double position_nees = 0, rotation_nees = 0;
  constexpr int kRuns = 4;
  for (int seed = 1; seed <= kRuns; ++seed) {
    SimulateOptions options = Options(2);
    options.simulation.seed = static_cast<uint64_t>(seed);
    options.simulation.tracks->landmarks_per_m2 = 3;
    ASSERT_TRUE(Simulate(options));
    const Evaluation evaluation = ProcessAndEvaluate(
        "estimator:\n  pixel_sigma_floor: 0.01\n  gyro_noise_factor: 1\n"
        "  accelerometer_noise_factor: 1\n");
    EXPECT_EQ(evaluation.causal.coverage, 1);
    EXPECT_LT(evaluation.causal.error.ate_rmse_m, 0.01);
    EXPECT_GT(evaluation.causal.error.ate_rmse_m, 1e-4) << "there is noise";
    ASSERT_TRUE(evaluation.final && evaluation.nees);
    EXPECT_LT(evaluation.final->error.ate_rmse_m, 0.006);
    position_nees += evaluation.nees->first_gauge.position / kRuns;
    rotation_nees += evaluation.nees->first_gauge.rotation / kRuns;
    std::printf("seed %d: causal %.4f m, final %.4f m, NEES %.2f %.2f\n", seed,
                evaluation.causal.error.ate_rmse_m, evaluation.final->error.ate_rmse_m,
                evaluation.nees->first_gauge.position, evaluation.nees->first_gauge.rotation);
  }
  // 3 each when true; of four runs, each nearly one draw of six numbers.
  EXPECT_GT(position_nees, 0.7);
  EXPECT_LT(position_nees, 8);
  EXPECT_GT(rotation_nees, 0.7);
  EXPECT_LT(rotation_nees, 8);
}

TEST_F(SimulateTracksTest, ContradictingRequestsAreNamed) {
  const std::pair<const char*, void (*)(SimulateOptions&)> cases[] = {
      {"--tracks-only and --imu-only", [](SimulateOptions& o) { o.simulation.images = false; }},
      {"--tracks-only and --depth", [](SimulateOptions& o) { o.depth = true; }},
      {"--tracks-only and --textures", [](SimulateOptions& o) { o.simulation.textures = "/"; }},
      {"--outliers must be 0 to 0.9",
       [](SimulateOptions& o) { o.simulation.tracks->outlier_share = 0.95; }},
      {"--imu-only and --depth", [](SimulateOptions& o) {
         o.simulation.tracks.reset();
         o.simulation.images = false;
         o.depth = true;
       }}};
  for (const auto& [what, spoil] : cases) {
    SimulateOptions options = Options(1);
    spoil(options);
    const auto made = Simulate(options);
    ASSERT_FALSE(made) << what;
    EXPECT_EQ(made.error().kind, ErrorKind::kUsage);
    EXPECT_THAT(made.error().Message(), HasSubstr(what));
    EXPECT_FALSE(fs::exists(options.log));
  }
}

TEST_F(SimulateTracksTest, SensedDepthStandsBesideTheTruth) {
  SimulateOptions options = Options(0.05);
  options.simulation.seconds = 0.1;
  options.simulation.tracks.reset();
  options.simulation.rig = "mono";
  options.simulation.rolling_shutter_s = 0.01;
  options.depth = true;
  options.depth_sensor.emplace();
  const auto made = Simulate(options);
  ASSERT_TRUE(made) << made.error().Message();
  const auto first = LogFiles();
  EXPECT_THAT(first.at("depth0/sensor.yaml"), HasSubstr("depth_noise:\n  model: structured-light"));
  EXPECT_THAT(first.at("truth/depth0/sensor.yaml"), testing::Not(HasSubstr("depth_noise")));
  EXPECT_EQ(first.at("depth0/data.csv"), first.at("truth/depth0/data.csv"));

  SensorLogOptions reading;
  reading.further_streams = {"depth0"};
  const auto log = OpenSensorLog(options.log, reading);
  ASSERT_TRUE(log) << log.error().Message();
  int images = 0;
  while (true) {
    const auto record = (*log)->Next();
    ASSERT_TRUE(record);
    if (!*record) break;
    images += std::holds_alternative<DepthFrame>(**record);
  }
  EXPECT_EQ(images, 2);

  options.depth_sensor.reset();
  options.threads = 1;
  ASSERT_TRUE(Simulate(options));
  EXPECT_EQ(LogFiles().at("depth0/data/20000000000.png"),
            first.at("truth/depth0/data/20000000000.png"))
      << "truth is what --depth alone gives";
}

}  // namespace
}  // namespace nightjar
