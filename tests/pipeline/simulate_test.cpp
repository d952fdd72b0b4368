// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/simulate.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdio>
#include <functional>
#include <map>
#include <string>

#include "apps/pipeline/evaluate.h"
#include "apps/pipeline/inspect.h"
#include "apps/pipeline/process.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

class SimulateTest : public testing::Test {
 protected:
  SimulateOptions Options(double seconds, double lux) const {
    SimulateOptions options;
    options.log = folder_.path() / "log";
    options.simulation.seconds = seconds;
    options.simulation.lux = lux;
    return options;
  }

  TemporaryFolder folder_;
};

TEST_F(SimulateTest, TheSameSeedGivesTheSameBytesOnAnyNumberOfThreads) {
  SimulateOptions options = Options(0.15, 3);
  options.simulation.moving_objects = 1;
  options.simulation.rolling_shutter_s = 0.01;
  options.simulation.rig = "glasses";
  options.depth = true;
  ASSERT_TRUE(Simulate(options));
  const auto first = Files(options.log);
  EXPECT_EQ(first.size(), 3U * 2 * (3 + 2) + 2 + 2 + 1) << "images, depth, tables and calibrations";
  for (const int threads : {1, 8}) {
    options.threads = threads;
    ASSERT_TRUE(Simulate(options)) << "an earlier log of ours is replaced";
    EXPECT_TRUE(Files(options.log) == first) << threads;
  }
  options.simulation.seed = 2;
  ASSERT_TRUE(Simulate(options));
  EXPECT_FALSE(Files(options.log) == first);
}

TEST_F(SimulateTest, AnImusErrorsAreInItsTruth) {
  SimulateOptions options = Options(1, 3);
  options.simulation.images = false;
  ASSERT_TRUE(Simulate(options));
  EXPECT_FALSE(fs::exists(options.log / "truth/imu.yaml")) << "there is none";
  options.simulation.imu_errors = {1000, 2, 3};
  ASSERT_TRUE(Simulate(options));
  const std::string truth = ReadText(options.log / "truth/imu.yaml");
  EXPECT_THAT(truth, testing::HasSubstr("gyroscope_matrix: ["));
  EXPECT_THAT(truth, testing::HasSubstr("\naccelerometer_noise_density: 0.006\n"));
  EXPECT_THAT(ReadText(options.log / "rig.yaml"),
              testing::HasSubstr("accelerometer_noise_density: 0.006"));
}

// A log's own truth and samples, replayed: the same samples, and images of the same motion.
TEST_F(SimulateTest, ATrajectoryIsFollowedAndItsImuReplayed) {
  SimulateOptions first = Options(4, 3000);
  first.log = folder_.path() / "first";
  first.simulation.images = false;
  ASSERT_TRUE(Simulate(first));
  SimulateOptions options = Options(1, 3000);
  options.simulation.trajectory = first.log / "truth/state.csv";
  options.simulation.imu = first.log / "imu0/data.csv";
  const auto summary = Simulate(options);
  ASSERT_TRUE(summary) << summary.error().Message();
  ASSERT_TRUE(summary->residual);
  EXPECT_LT(summary->residual->largest_mm, 0.1);
  EXPECT_EQ(summary->imu_samples, 2.1 * 200 + 1);
  const std::string replayed = ReadText(options.log / "imu0/data.csv");
  EXPECT_EQ(replayed, ReadText(first.log / "imu0/data.csv").substr(0, replayed.size()));
  ProcessOptions process;
  process.log = options.log;
  process.session = folder_.path() / "session";
  ASSERT_TRUE(Process(process));
  EvaluateOptions evaluate;
  evaluate.session = process.session;
  evaluate.reference = first.log / "truth/state.csv";
  const auto evaluation = Evaluate(evaluate);
  ASSERT_TRUE(evaluation) << evaluation.error().Message();
  EXPECT_LT(evaluation->final->error.ate_rmse_m, 0.01);
}

TEST_F(SimulateTest, AnImuIsReplayedWithoutHoles) {
  SimulateOptions first = Options(2, 3000);
  first.log = folder_.path() / "first";
  first.simulation.images = false;
  ASSERT_TRUE(Simulate(first));
  const std::string table = ReadText(first.log / "imu0/data.csv");
  SimulateOptions options = Options(HUGE_VAL, 3000);
  options.simulation.images = false;
  options.simulation.trajectory = first.log / "truth/state.csv";
  options.simulation.imu = folder_.path() / "imu.csv";
  const auto without = [&](double begin, double end) {  // shares of the table
    const auto place = [&](double share) {
      return table.find('\n', static_cast<size_t>(share * static_cast<double>(table.size()))) + 1;
    };
    WriteText(options.simulation.imu, table.substr(0, place(begin)) + table.substr(place(end)));
    const auto summary = Simulate(options);
    return summary ? std::string("accepted") : summary.error().Message();
  };
  EXPECT_EQ(without(0.5, 0.51), "accepted") << "30 ms";
  EXPECT_THAT(without(0.5, 0.55), testing::HasSubstr("imu.csv: has no samples from"));
  EXPECT_THAT(without(0.002, 0.99), testing::HasSubstr("imu.csv: has no samples from"));
}

TEST_F(SimulateTest, LogYamlSaysNoMoreThanIsKnown) {
  SimulateOptions first = Options(0.2, 3000);
  first.log = folder_.path() / "first";
  first.simulation.images = false;
  ASSERT_TRUE(Simulate(first));
  EXPECT_THAT(ReadText(first.log / "log.yaml"), testing::HasSubstr("\nclock: device\n"));
  // U+00E9, once as UTF-8 and once as Latin-1: a name that is valid on the disk and no text.
  for (const auto& [name, said] : {std::pair("caf\xC3\xA9.csv", true),
                                   {"caf\xE9.csv", false},
                                   {"\xED\xA0\x80.csv", false},
                                   {"\xE2\x82\xAC.csv", true}}) {
    SimulateOptions options = Options(HUGE_VAL, 3000);
    options.simulation.images = false;
    options.simulation.trajectory = folder_.path() / name;
    fs::copy_file(first.log / "truth/state.csv", options.simulation.trajectory);
    ASSERT_TRUE(Simulate(options)) << name;
    const std::string yaml = ReadText(options.log / "log.yaml");
    EXPECT_EQ(yaml.find("\ncommand: ") != std::string::npos, said) << yaml;
    EXPECT_THAT(yaml, testing::HasSubstr("\nclock: unknown\n")) << "that of the file";
  }
}

TEST_F(SimulateTest, AWholeTrajectoryIsSeenByAnEventCamera) {
  SimulateOptions first = Options(0.2, 3000);
  first.log = folder_.path() / "first";
  first.simulation.images = false;
  ASSERT_TRUE(Simulate(first));
  SimulateOptions options = Options(HUGE_VAL, 3000);
  options.simulation.rig = "mono";
  options.simulation.events = true;
  options.simulation.trajectory = first.log / "truth/state.csv";
  const auto summary = Simulate(options);
  ASSERT_TRUE(summary) << summary.error().Message();
  EXPECT_GT(summary->events, 0);
}

TEST_F(SimulateTest, WholeTrajectoriesAndWrongOnes) {
  SimulateOptions first = Options(4, 3000);
  first.log = folder_.path() / "first";
  first.simulation.images = false;
  ASSERT_TRUE(Simulate(first));
  SimulateOptions options = Options(HUGE_VAL, 3);
  options.simulation.images = false;
  options.simulation.trajectory = first.log / "truth/state.csv";
  const auto whole = Simulate(options);
  ASSERT_TRUE(whole) << whole.error().Message();
  EXPECT_NEAR(whole->log_s, 4, 1e-9) << "the IMU's second before and tenth behind are its own";
  const auto refusal = [&] {
    const auto summary = Simulate(options);
    return summary ? std::string("accepted") : summary.error().Message();
  };
  options.simulation.seconds = 5;
  EXPECT_THAT(refusal(), testing::HasSubstr("there are only 4.00 s of video"));
  options.simulation.seconds = HUGE_VAL;
  options.simulation.imu = folder_.path() / "imu.csv";
  WriteText(options.simulation.imu, "1,0,0,0,0,0,9.81\n5000001,0,0,0,0,0,9.81\n");
  EXPECT_THAT(refusal(), testing::HasSubstr("both must count the same clock"));
  options.simulation.imu.clear();
  options.simulation.trajectory = folder_.path() / "trajectory.txt";
  const std::pair<const char*, const char*> rows[] = {
      {"1.0 0 0 0 0 0 0 1\n", "1.20 s are needed"},
      {"1.0 0 0 nan 0 0 0 1\n", "trajectory.txt:1: nan is not a finite number"},
      {"1.0 0 0 0 0 0 0 2\n", "length is not 1"}};
  for (const auto& [text, what] : rows) {
    WriteText(options.simulation.trajectory, text);
    EXPECT_THAT(refusal(), testing::HasSubstr(what));
  }
  std::string far;
  for (int i = 0; i < 400; ++i)
    far += std::to_string(0.1 * i) + " " + std::to_string(i) + " 0 0 0 0 0 1\n";
  WriteText(options.simulation.trajectory, far);
  EXPECT_EQ(refusal(), "accepted") << "without images there is no room";
  options.simulation.images = true;
  EXPECT_THAT(refusal(), testing::HasSubstr("a path of 399 m does not fit"));
}

TEST_F(SimulateTest, ALogInGoodLightHasNothingWrongWithIt) {
  SimulateOptions options = Options(4, 3000);
  options.simulation.motion = HeadMotion::kLook;
  options.simulation.time_offset_s = 0.007;
  ASSERT_TRUE(Simulate(options));
  InspectOptions inspect;
  inspect.log = options.log;
  const Result<Inspection> inspection = Inspect(inspect);
  ASSERT_TRUE(inspection) << inspection.error().Message();
  for (const InspectCheck& check : inspection->checks)
    EXPECT_TRUE(check.status == InspectCheck::Answer::kOk ||
                check.status == InspectCheck::Answer::kUnknown)
        << check.name << " " << check.where << ": " << check.what;
}

// Every motion in good light: what is wrong with a frame, a sign or a stamp shows as an error that
// is many times what noise makes.
TEST_F(SimulateTest, EveryMotionIsFollowed) {
  const std::pair<HeadMotion, double> bounds_m[] = {{HeadMotion::kWalk, 0.01},
                                                    {HeadMotion::kLook, 0.006},
                                                    {HeadMotion::kDesk, 0.002},
                                                    {HeadMotion::kStand, 0.001}};
  for (const auto& [motion, bound_m] : bounds_m) {
    SimulateOptions options = Options(4, 3000);
    options.simulation.motion = motion;
    ASSERT_TRUE(Simulate(options));
    ProcessOptions process;
    process.log = options.log;
    process.session = folder_.path() / "session";
    const auto summary = Process(process);
    ASSERT_TRUE(summary) << summary.error().Message();
    EXPECT_EQ(summary->coverage, 1) << NameOf(motion);
    EvaluateOptions evaluate;
    evaluate.session = process.session;
    evaluate.reference = options.log / "truth/state.csv";
    const auto evaluation = Evaluate(evaluate);
    ASSERT_TRUE(evaluation) << evaluation.error().Message();
    EXPECT_LT(evaluation->causal.error.ate_rmse_m, bound_m) << NameOf(motion);
    EXPECT_LT(evaluation->final->error.ate_rmse_m, bound_m) << NameOf(motion);
    std::printf("%s: causal %.4f m, final %.4f m\n", NameOf(motion).c_str(),
                evaluation->causal.error.ate_rmse_m, evaluation->final->error.ate_rmse_m);
  }
}

TEST_F(SimulateTest, WrongRequestsAreNamed) {
  const std::pair<const char*, std::function<void(SimulationOptions&)>> cases[] = {
      {"--lux", [](SimulationOptions& o) { o.lux = 0; }},
      {"--lux", [](SimulationOptions& o) { o.lux = std::nan(""); }},
      {"--seconds", [](SimulationOptions& o) { o.seconds = -1; }},
      {"--moving", [](SimulationOptions& o) { o.moving_objects = 21; }},
      {"--rolling-shutter-us", [](SimulationOptions& o) { o.rolling_shutter_s = 1; }},
      {"--imu-scale-ppm", [](SimulationOptions& o) { o.imu_errors.scale_ppm = -1; }},
      {"--imu-misalignment-mrad",
       [](SimulationOptions& o) { o.imu_errors.misalignment_mrad = 1e3; }},
      {"--imu-noise", [](SimulationOptions& o) { o.imu_errors.noise_factor = 0; }},
      {"no such rig", [](SimulationOptions& o) { o.rig = "drone"; }},
      {"cannot be read", [this](SimulationOptions& o) { o.textures = folder_.path() / "nowhere"; }},
  };
  for (const auto& [what, spoil] : cases) {
    SimulateOptions options = Options(1, 3);
    spoil(options.simulation);
    const auto summary = Simulate(options);
    ASSERT_FALSE(summary) << what;
    EXPECT_THAT(summary.error().Message(), testing::HasSubstr(what));
    EXPECT_FALSE(fs::exists(options.log));
  }
}

TEST_F(SimulateTest, WhatIsNoLogOfOursIsNotReplaced) {
  SimulateOptions options = Options(0.1, 3);
  options.simulation.images = false;
  fs::create_directories(options.log / "cam0");
  ASSERT_FALSE(Simulate(options));
  fs::remove(options.log / "cam0");
  EXPECT_TRUE(Simulate(options)) << "an empty folder";
  EXPECT_TRUE(Simulate(options)) << "a log of ours";
}

TEST_F(SimulateTest, ALogThatSomebodyAddedToIsNotReplaced) {
  SimulateOptions options = Options(0.1, 3);
  options.simulation.rig = "mono";
  ASSERT_TRUE(Simulate(options));
  const auto log = Files(options.log);
  for (const char* name : {"notes.txt", "cam0/mask.png", "cam0/data/notes.txt", "truth/mine.csv",
                           "session/session.json", "imu0/data.csv~"}) {
    fs::create_directories((options.log / name).parent_path());
    WriteText(options.log / name, "precious");
    const auto summary = Simulate(options);
    ASSERT_FALSE(summary) << name;
    EXPECT_EQ(summary.error().kind, ErrorKind::kUsage);
    EXPECT_EQ(summary.error().where, options.log.string());
    EXPECT_THAT(summary.error().what, testing::HasSubstr(name));
    EXPECT_EQ(ReadText(options.log / name), "precious");
    fs::remove(options.log / name);
  }
  EXPECT_TRUE(Simulate(options));
  EXPECT_TRUE(Files(options.log) == log);
  std::string yaml = ReadText(options.log / "log.yaml");
  const size_t place = yaml.find("nightjar simulate");
  WriteText(options.log / "log.yaml", yaml.replace(place, 17, "nightjar import"));
  EXPECT_FALSE(Simulate(options)) << "another command's log";
}

TEST_F(SimulateTest, ACancelledOneLeavesNothing) {
  SimulateOptions options = Options(0.5, 3);
  int asked = 0;
  options.progress.cancelled = [&asked] { return ++asked > 1; };
  const auto summary = Simulate(options);
  ASSERT_FALSE(summary);
  EXPECT_EQ(summary.error().kind, ErrorKind::kNoAnswer);
  EXPECT_TRUE(fs::is_empty(folder_.path()));
}

}  // namespace
}  // namespace nightjar
