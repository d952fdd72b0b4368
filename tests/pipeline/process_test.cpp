// SPDX-License-Identifier: Apache-2.0
// The whole path, from images to a session, where the truth is known exactly.
#include "apps/pipeline/process.h"

#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "data/trajectory_file.h"
#include "tests/pipeline/rendered_log_test_base.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;
using ProcessTest = RenderedLogTest;

constexpr int kFrames = 81;  // 4 s at 20 Hz, both ends included

TEST_F(ProcessTest, FollowsTheTruePath) {
  const Result<Evaluation> result = Evaluate({session(), truth(), {}});
  ASSERT_TRUE(result) << result.error().Message();
  const TrajectoryEvaluation& causal = result->causal;
  EXPECT_EQ(causal.frames, kFrames);
  EXPECT_EQ(causal.error.compared, kFrames);
  EXPECT_EQ(causal.coverage, 1.0);
  // Both bounds: a comparison of the truth with itself, or of nothing, would be too good.
  EXPECT_GT(causal.error.ate_rmse_m, 0.003);
  EXPECT_LT(causal.error.ate_rmse_m, 0.04);
  EXPECT_NEAR(causal.error.length_m, 5.2, 0.3);
  ASSERT_TRUE(result->final);
  EXPECT_GT(result->final->error.ate_rmse_m, 0.002);
  EXPECT_LT(result->final->error.ate_rmse_m, 0.03);
  EXPECT_GT(result->final->error.attitude_rmse_deg, 0.01);
  EXPECT_LT(result->final->error.attitude_rmse_deg, 0.6);
  EXPECT_LT(result->final->error.tilt_rmse_deg, 1);
  ASSERT_TRUE(result->nees);
  EXPECT_GT(result->nees->first_gauge.position, 0.1);
  EXPECT_LT(result->nees->first_gauge.position, 20);
  EXPECT_GT(result->nees->first_gauge.rotation, 0.1);
  EXPECT_LT(result->nees->first_gauge.rotation, 20);
  RecordProperty("causal_ate_m", std::to_string(causal.error.ate_rmse_m));
  RecordProperty("final_ate_m", std::to_string(result->final->error.ate_rmse_m));
}

TEST_F(ProcessTest, TracksAfterAShortStartAndIsRightWhenItSaysSo) {
  const std::vector<HealthLine> health = ReadHealth(session());
  ASSERT_EQ(health.size(), static_cast<size_t>(kFrames));
  EXPECT_EQ(health.front().status, "initialising");
  for (size_t k = 0; k < health.size(); ++k) {
    EXPECT_EQ(health[k].time, FrameTime(static_cast<int>(k)));
    EXPECT_TRUE(k <= 30 || health[k].status == "tracking") << "frame " << k;
    EXPECT_TRUE(health[k].status != "tracking" || health[k].inliers >= 20) << "frame " << k;
  }
  const Result<Evaluation> tracked = Evaluate({session(), truth(), 1.0});
  ASSERT_TRUE(tracked);
  EXPECT_GE(tracked->causal.error.poses, 50);
  EXPECT_GT(tracked->causal.error.ate_rmse_m, 0.002);
  EXPECT_LT(tracked->causal.error.ate_rmse_m, 0.025);
  EXPECT_LT(tracked->causal.error.attitude_rmse_deg, 0.8) << "of an odometry that began unlevelled";
}

TEST_F(ProcessTest, EveryKeyframeHasAPicture) {
  const auto packets = Lines(ReadText(session() / "keyframes.jsonl"));
  ASSERT_FALSE(packets.empty());
  std::set<std::string> named;
  for (const std::string& line : packets) {
    const auto packet = nlohmann::json::parse(line);
    const auto& image = packet["cams"][0]["image_ref"];
    const auto file = image["file"].get<std::string>();
    EXPECT_EQ(file, "images/cam0/" + std::to_string(packet["t_ns"].get<int64_t>()) + ".jpg");
    const std::string bytes = ReadText(session() / file);
    EXPECT_EQ(bytes.substr(0, 3), "\xFF\xD8\xFF");
    EXPECT_EQ(image["w"], packet["cams"][0]["w"]);
    EXPECT_GT(image["focal_px"], 100);
    EXPECT_TRUE(packet["cams"][1]["image_ref"].is_null());
    named.insert(file);
  }
  for (const auto& entry : fs::recursive_directory_iterator(session() / "images")) {
    if (!entry.is_regular_file()) continue;
    EXPECT_TRUE(named.contains(fs::relative(entry.path(), session()).generic_string()));
  }
  EXPECT_TRUE(nlohmann::json::parse(ReadText(session() / "session.json"))["privacy"]["images"]);
}

TEST_F(ProcessTest, LeavesPicturesOutWhereNoneAreWanted) {
  ProcessOptions options = Options(log(), folder_.path() / "without");
  options.images = false;
  options.end_s = 1.5;
  ASSERT_TRUE(Process(options));
  EXPECT_FALSE(fs::exists(options.session / "images"));
  const auto packets = Lines(ReadText(options.session / "keyframes.jsonl"));
  ASSERT_FALSE(packets.empty());
  EXPECT_TRUE(nlohmann::json::parse(packets[0])["cams"][0]["image_ref"].is_null());
  EXPECT_FALSE(
      nlohmann::json::parse(ReadText(options.session / "session.json"))["privacy"]["images"]);
  // One with pictures is replaced as well.
  options.images = true;
  ASSERT_TRUE(Process(options));
  options.images = false;
  ASSERT_TRUE(Process(options));
  EXPECT_FALSE(fs::exists(options.session / "images"));
}

TEST_F(ProcessTest, SummaryCountsWhatTheFilesHold) {
  EXPECT_EQ(summary().frames, kFrames);
  EXPECT_EQ(summary().frames_used, kFrames);
  EXPECT_EQ(summary().coverage, 1.0);
  EXPECT_NEAR(summary().log_s, 4, 1e-9);
  EXPECT_GT(summary().wall_s, 0);
  EXPECT_THAT(summary().warnings, testing::IsEmpty());
  EXPECT_EQ(summary().truth, truth());
  const auto keyframes = Lines(ReadText(session() / "keyframes.jsonl"));
  EXPECT_EQ(summary().keyframes, static_cast<int64_t>(keyframes.size()));
  EXPECT_GE(summary().keyframes, 9);
  EXPECT_GE(summary().landmarks, 100);

  // One row per frame in each trajectory, at the frames' times.
  for (const char* name : {"open_loop_trajectory.csv", "closed_loop_trajectory.csv"}) {
    const auto rows = ReadTrajectoryRows(session() / "slam" / name);
    ASSERT_TRUE(rows) << rows.error().Message();
    ASSERT_EQ(rows->size(), static_cast<size_t>(kFrames)) << name;
    for (int k = 0; k < kFrames; ++k) {
      EXPECT_EQ((*rows)[static_cast<size_t>(k)].pose.time, FrameTime(k)) << name;
    }
  }
}

TEST_F(ProcessTest, WritesTheWholeSession) {
  std::set<std::string> names;
  for (const auto& [name, bytes] : SessionBytes(session())) {
    names.insert(name);
    EXPECT_FALSE(bytes.empty()) << name;
    // Nothing outside `run` may tell where or when a session was made.
    EXPECT_EQ(bytes.find(log().string()), std::string::npos) << name;
  }
  EXPECT_THAT(names, testing::IsSupersetOf(
                         {"session.json", "summary.json", "keyframes.jsonl", "health.jsonl",
                          "trajectory_covariance.npy", "trajectory_cross_covariance.npz",
                          "slam/open_loop_trajectory.csv", "slam/closed_loop_trajectory.csv",
                          "slam/semidense_points.csv.gz", "slam/online_calibration.jsonl",
                          "slam/summary.json"}));
}

TEST_F(ProcessTest, SameBytesOnAnyNumberOfThreadsAndAgain) {
  for (const int threads : {1, 2, 8}) {
    const fs::path other = folder_.path() / std::to_string(threads);
    ProcessOptions options = Options(log(), other);
    options.threads = threads;
    ASSERT_TRUE(Process(options));
    SCOPED_TRACE(threads);
    ExpectSameSession(session(), other);  // which ran on two
    const auto run = nlohmann::json::parse(ReadText(other / "summary.json")).at("run");
    EXPECT_EQ(run.at("threads"), threads);
  }
}

TEST_F(ProcessTest, EdgeIsTheCausalPartAlone) {
  ProcessOptions options = Options(log(), folder_.path() / "edge");
  options.profile = "edge";
  const Result<ProcessSummary> edge = Process(options);
  ASSERT_TRUE(edge) << edge.error().Message();
  EXPECT_EQ(edge->keyframes, 0);
  EXPECT_FALSE(fs::exists(options.session / "slam" / "closed_loop_trajectory.csv"));
  EXPECT_EQ(ReadText(options.session / "slam" / "open_loop_trajectory.csv"),
            ReadText(session() / "slam" / "open_loop_trajectory.csv"));
  const Result<Evaluation> result = Evaluate({options.session, truth(), {}});
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->final);
}

TEST_F(ProcessTest, ReportsProgressInOrderOnTheCallingThread) {
  ProcessOptions options = Options(log(), folder_.path() / "progress");
  options.end_s = 0.5;
  std::vector<ProcessProgress> seen;
  const auto caller = std::this_thread::get_id();
  options.progress = [&](const ProcessProgress& progress) {
    EXPECT_EQ(std::this_thread::get_id(), caller);
    seen.push_back(progress);
  };
  ASSERT_TRUE(Process(options));
  ASSERT_GE(seen.size(), 10U);
  for (size_t k = 0; k < 10; ++k) {
    EXPECT_EQ(seen[k].frames_done, static_cast<int64_t>(k + 1));
    EXPECT_EQ(seen[k].frames_total, 10) << "0.5 s at 20 Hz, the end excluded";
  }
}

TEST_F(ProcessTest, BeginAndEndChooseFrames) {
  ProcessOptions options = Options(log(), folder_.path() / "part");
  options.begin_s = 0.5;
  options.end_s = 2.5;
  const Result<ProcessSummary> part = Process(options);
  ASSERT_TRUE(part) << part.error().Message();
  EXPECT_EQ(part->frames, 40);
  const auto rows = ReadTrajectoryRows(options.session / "slam" / "open_loop_trajectory.csv");
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->front().pose.time, FrameTime(10));
  EXPECT_EQ(rows->back().pose.time, FrameTime(49));
  const Result<Evaluation> result = Evaluate({options.session, truth(), {}});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->causal.frames, 40);
  EXPECT_LT(result->causal.error.ate_rmse_m, 0.03);
  EXPECT_GT(result->causal.error.ate_rmse_m, 0.002);
}

TEST_F(ProcessTest, AnotherBeginIsAnotherWorldAndSessionJsonSaysWhatWasAskedFor) {
  const auto document = [](const ProcessOptions& options) {
    EXPECT_TRUE(Process(options));
    return nlohmann::json::parse(ReadText(options.session / "session.json"));
  };
  ProcessOptions options = Options(log(), folder_.path() / "from0");
  options.begin_s = 0;
  options.end_s = 1.5;
  const auto from0 = document(options);
  options.session = folder_.path() / "from1";
  options.begin_s = 0.5;
  options.cameras = {"cam0", "cam1"};
  options.profile = "edge";
  const auto from1 = document(options);
  EXPECT_NE(from0.at("graph_uid"), from1.at("graph_uid"));
  EXPECT_NE(from0.at("session_uid"), from1.at("session_uid"));
  EXPECT_EQ(from0.at("input_identity"), from1.at("input_identity"));
  EXPECT_EQ(from0.at("request"), nlohmann::json::parse(R"({"profile":"offline","cameras":null,
                                                          "begin_s":0.0,"end_s":1.5,
                                                          "event_cameras":[]})"));
  EXPECT_EQ(from1.at("request"), nlohmann::json::parse(R"({"profile":"edge","end_s":1.5,
                                            "cameras":["cam0","cam1"],"begin_s":0.5,
                                            "event_cameras":[]})"));
}

TEST_F(ProcessTest, OneCameraWaitsForItsScaleAndThenTracks) {
  for (const char* camera : {"cam0", "cam1"}) {
    SCOPED_TRACE(camera);
    ProcessOptions options = Options(log(), folder_.path() / camera);
    options.cameras = {camera};
    const Result<ProcessSummary> mono = Process(options);
    ASSERT_TRUE(mono) << mono.error().Message();
    EXPECT_EQ(mono->frames, kFrames);
    const Result<Evaluation> result = Evaluate({options.session, truth(), 0.5});
    ASSERT_TRUE(result) << result.error().Message();
    EXPECT_GT(result->causal.coverage, 0.6);
    EXPECT_LT(result->causal.coverage, 1) << "before enough motion nothing is known";
    EXPECT_LT(result->causal.error.ate_rmse_m, 0.12);
    EXPECT_GT(result->causal.error.ate_rmse_m, 0.005);
    EXPECT_LT(result->final->error.ate_rmse_m, 0.05);
    const std::vector<HealthLine> health = ReadHealth(options.session);
    EXPECT_EQ(health.front().status, "waiting");
    EXPECT_EQ(health.back().status, "tracking");
  }
}

TEST_F(ProcessTest, CamerasInAnotherOrderGiveAnotherReferenceCamera) {
  ProcessOptions options = Options(log(), folder_.path() / "swapped");
  options.cameras = {"cam1", "cam0"};
  ASSERT_TRUE(Process(options));
  const auto document = nlohmann::json::parse(ReadText(options.session / "session.json"));
  EXPECT_EQ(document.at("calibration").at("cameras").at(0).at("name"), "cam1");
  const Result<Evaluation> result = Evaluate({options.session, truth(), {}});
  ASSERT_TRUE(result);
  EXPECT_LT(result->causal.error.ate_rmse_m, 0.04);
  EXPECT_GT(result->causal.error.ate_rmse_m, 0.003);
}

TEST_F(ProcessTest, ReplacesAnEarlierSessionAndNothingElse) {
  const fs::path target = folder_.path() / "target";
  ProcessOptions options = Options(log(), target);
  options.end_s = 0.3;
  ASSERT_TRUE(Process(options));
  options.end_s = 0.4;
  ASSERT_TRUE(Process(options));
  EXPECT_EQ(ReadHealth(target).size(), 8U);

  const fs::path precious = folder_.path() / "precious";
  fs::create_directory(precious);
  WriteText(precious / "letter", "dear");
  options.session = precious;
  const Result<ProcessSummary> refused = Process(options);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(ReadText(precious / "letter"), "dear");
}

TEST_F(ProcessTest, RefusesWhatItCannotDo) {
  const auto kind = [](const ProcessOptions& options) {
    const Result<ProcessSummary> result = Process(options);
    EXPECT_FALSE(result);
    EXPECT_FALSE(fs::exists(options.session));
    return result ? ErrorKind::kInternal : result.error().kind;
  };
  const ProcessOptions good = Options(log(), folder_.path() / "out");
  ProcessOptions bad = good;
  bad.session = "";
  EXPECT_EQ(kind(bad), ErrorKind::kUsage);
  bad.session = "/proc/deep/out";
  bad.progress = [](const ProcessProgress&) { ADD_FAILURE() << "told only after the work"; };
  EXPECT_EQ(kind(bad), ErrorKind::kUsage);
  bad = good;
  bad.profile = "fast";
  EXPECT_EQ(kind(bad), ErrorKind::kUsage);
  bad = good;
  bad.threads = 0;
  EXPECT_EQ(kind(bad), ErrorKind::kUsage);
  bad = good;
  bad.cameras = {"cam7"};
  EXPECT_EQ(kind(bad), ErrorKind::kUsage);
  bad = good;
  bad.begin_s = 60;
  EXPECT_EQ(kind(bad), ErrorKind::kUsage);
  bad = good;
  bad.config = folder_.path() / "nowhere.yaml";
  EXPECT_EQ(kind(bad), ErrorKind::kUsage);
  bad = good;
  bad.log = folder_.path() / "nowhere";
  EXPECT_EQ(kind(bad), ErrorKind::kUnusableInput);
}

}  // namespace
}  // namespace nightjar
