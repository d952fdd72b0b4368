// SPDX-License-Identifier: Apache-2.0
// The whole path on a real recording: 12 s of EuRoC's MH_01_easy with the truth of a laser tracker.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <sstream>

#include "apps/pipeline/evaluate.h"
#include "apps/pipeline/process.h"
#include "data/trajectory_file.h"
#include "tests/pipeline/session_reading.h"
#include "tests/recordings.h"
#include "tests/sanitized.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

struct Ended {
  int status = -1;             // exit status; -1: did not exit
  double peak_memory_mib = 0;  // the largest it was in memory
};

// Runs the command in a process of its own, what it prints to nowhere.
Ended RunCommand(std::vector<std::string> arguments) {
  std::vector<char*> argv = {const_cast<char*>(NIGHTJAR_COMMAND)};
  for (std::string& argument : arguments) argv.push_back(argument.data());
  argv.push_back(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    if (std::freopen("/dev/null", "w", stdout) == nullptr) _exit(126);
    execv(argv[0], argv.data());
    _exit(127);
  }
  Ended ended;
  int status = 0;
  rusage usage = {};
  if (child > 0 && wait4(child, &status, 0, &usage) == child && WIFEXITED(status)) {
    ended.status = WEXITSTATUS(status);
    ended.peak_memory_mib = static_cast<double>(usage.ru_maxrss) / 1024;
  }
  return ended;
}

class PipelineOnARecording : public testing::Test {
 protected:
  static void TearDownTestSuite() {
    std::error_code ignored;
    fs::remove_all(Shared(), ignored);
  }
  static fs::path Shared() {
    return fs::path(testing::TempDir()) / ("nightjar.recording_test." + std::to_string(getpid()));
  }

  // The session of the recording by default options, made once.
  static fs::path Session(const fs::path& recording) {
    const fs::path session = Shared() / "session";
    if (fs::exists(session)) return session;
    fs::create_directories(Shared());
    ProcessOptions options;
    options.log = recording;
    options.session = session;
    const Result<ProcessSummary> summary = Process(options);
    EXPECT_TRUE(summary) << summary.error().Message();
    return session;
  }

  // The recording up to and with `last`, its images where they were.
  fs::path CutLog(const fs::path& recording, SensorTime last) const {
    const fs::path log = folder_.path() / "cut";
    for (const char* stream : {"cam0", "cam1", "imu0"}) {
      const fs::path from = recording / "mav0" / stream;
      const fs::path to = log / "mav0" / stream;
      fs::create_directories(to);
      for (const char* name : {"sensor.yaml", "data.csv"}) {
        WriteText(to / name, ReadText(from / name));
      }
      FilterRows(to / "data.csv", [last](SensorTime t) { return t <= last; });
      if (fs::exists(from / "data")) fs::create_directory_symlink(from / "data", to / "data");
    }
    return log;
  }

  TemporaryFolder folder_;
};

// Half a second without images at three places: what is found again of the features from before is
// not allowed to move the pose to where chance puts it.
TEST_F(PipelineOnARecording, HalfASecondWithoutImagesIsBridged) {
  NIGHTJAR_RECORDING(recording, "euroc_mh01_12s");
  for (const double begin_s : {2.5, 4.5, 6.5}) {
    const fs::path log = CutLog(recording, SensorTime::max());
    int row = 0;
    const auto first = static_cast<int>(20 * (begin_s + 0.5));
    std::string table;
    std::istringstream rows(ReadText(log / "mav0/cam0/data.csv"));
    for (std::string line; std::getline(rows, line); ++row) {  // row 0: the header
      const bool missing = row > first && row <= first + 10;
      table += (missing ? line.substr(0, line.find(',')) + ",missing.png" : line) + "\n";
    }
    WriteText(log / "mav0/cam0/data.csv", table);
    ProcessOptions options;
    options.log = log;
    options.session = folder_.path() / "session";
    options.begin_s = begin_s;
    options.end_s = begin_s + 2;
    const Result<ProcessSummary> summary = Process(options);
    ASSERT_TRUE(summary) << summary.error().Message();
    const fs::path reference = recording / "mav0/groundtruth/MH_01_easy_tum.txt";
    const Result<Evaluation> result = Evaluate({options.session, reference, {}});
    ASSERT_TRUE(result) << result.error().Message();
    EXPECT_LE(result->causal.error.ate_max_m, 0.015) << begin_s;
    EXPECT_LE(result->final->error.ate_max_m, 0.015) << begin_s;
    fs::remove_all(log);
  }
}

TEST_F(PipelineOnARecording, FollowsTheLaserTracker) {
  NIGHTJAR_RECORDING(recording, "euroc_mh01_12s");
  const fs::path session = Session(recording);
  const fs::path reference = recording / "mav0/groundtruth/MH_01_easy_tum.txt";
  const Result<Evaluation> result = Evaluate({session, reference, {}});
  ASSERT_TRUE(result) << result.error().Message();
  const auto rows = ReadTrajectoryRows(session / "slam" / "open_loop_trajectory.csv").value();
  EXPECT_EQ(rows.size(), 240U);
  EXPECT_GE(std::count_if(rows.begin(), rows.end(), [](auto& row) { return row.quality >= 0.5; }),
            240);
  EXPECT_GE(result->causal.error.compared, 230);
  ASSERT_TRUE(result->final);
  RecordProperty("causal_ate_m", std::to_string(result->causal.error.ate_rmse_m));
  RecordProperty("final_ate_m", std::to_string(result->final->error.ate_rmse_m));
  RecordProperty("final_attitude_deg", std::to_string(result->final->error.attitude_rmse_deg));
  // The lower bounds: the truth itself is not known better than that.
  EXPECT_LE(result->causal.error.ate_rmse_m, 0.020);
  EXPECT_GE(result->causal.error.ate_rmse_m, 0.001);
  EXPECT_LE(result->final->error.ate_rmse_m, 0.015);
  EXPECT_GE(result->final->error.ate_rmse_m, 0.001);
  for (const TrajectoryEvaluation& part : {result->causal, *result->final}) {
    EXPECT_LE(part.error.attitude_rmse_deg, 1.5);
    EXPECT_GE(part.error.attitude_rmse_deg, 0.01);
    EXPECT_GT(part.error.length_m, 1);
  }
}

// What no image can tell, the inertial samples must: which way is down, and how long a metre is.
TEST_F(PipelineOnARecording, OneCameraTracksSoonAndFindsItsScale) {
  NIGHTJAR_RECORDING(recording, "euroc_mh01_12s");
  for (const double begin_s : {0.0, 2.0, 4.0}) {
    SCOPED_TRACE(begin_s);
    ProcessOptions options;
    options.log = recording;
    options.session = folder_.path() / "mono";
    options.cameras = {"cam0"};
    options.begin_s = begin_s;
    const Result<ProcessSummary> summary = Process(options);
    ASSERT_TRUE(summary) << summary.error().Message();
    const auto health = ReadHealth(options.session);
    EXPECT_EQ(health.front().status, "waiting");
    for (const HealthLine& line : health) {
      if (ToSeconds(line.time - health.front().time) < 2.2) continue;
      EXPECT_EQ(line.status, "tracking");
    }
    const Result<Evaluation> result =
        Evaluate({options.session, recording / "mav0/groundtruth/MH_01_easy_tum.txt", 0.5});
    ASSERT_TRUE(result && result->final) << result.error().Message();
    EXPECT_LE(result->final->error.ate_rmse_m, 0.03);  // without scale: a wrong one shows
    EXPECT_GE(result->final->error.ate_rmse_m, 0.001);
    EXPECT_LE(result->causal.error.ate_rmse_m, 0.03);
  }
}

TEST_F(PipelineOnARecording, TheCommandOnOneThreadGivesTheSameInLittleMemory) {
  NIGHTJAR_RECORDING(recording, "euroc_mh01_12s");
  const fs::path session = Session(recording);
  const fs::path other = folder_.path() / "one";
  const Ended ended =
      RunCommand({"process", recording.string(), "-o", other.string(), "--threads", "1", "--json"});
  ASSERT_EQ(ended.status, 0);
  ExpectSameSession(session, other);
  RecordProperty("peak_memory_mib", std::to_string(ended.peak_memory_mib));
  if (!kSanitized) {
    EXPECT_LE(ended.peak_memory_mib, 400);
  }
  EXPECT_GE(ended.peak_memory_mib, 10) << "it was measured";
}

TEST_F(PipelineOnARecording, ACutLogGivesTheSameBeginning) {
  NIGHTJAR_RECORDING(recording, "euroc_mh01_12s");
  const fs::path session = Session(recording);
  const auto health = ReadHealth(session);
  ASSERT_GT(health.size(), 100U);
  ProcessOptions options;
  options.log = CutLog(recording, health[100].time);
  options.session = folder_.path() / "session";
  options.profile = "edge";
  const Result<ProcessSummary> summary = Process(options);
  ASSERT_TRUE(summary) << summary.error().Message();
  ExpectPrefix(CausalRows(options.session), CausalRows(session), 101);
}

}  // namespace
}  // namespace nightjar
