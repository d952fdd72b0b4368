// SPDX-License-Identifier: Apache-2.0
#include "spatial/session_writer.h"

#include <gmock/gmock.h>

#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>
#include <map>

#include "spatial/text_format.h"
#include "tests/spatial/synthetic_session.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;
using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::Not;
using testing::UnorderedElementsAre;

class SessionWriterTest : public testing::Test {
 protected:
  SessionWriterTest() {
    std::string pattern = (fs::temp_directory_path() / "session_writer_test-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
  }
  ~SessionWriterTest() override { fs::remove_all(root_); }
  fs::path root_;
};

TEST_F(SessionWriterTest, WritesEveryFileOfTheFormat) {
  ASSERT_TRUE(WriteSession(SyntheticSession(), root_ / "s"));
  EXPECT_THAT(Files(root_ / "s"),
              UnorderedElementsAre(Key("session.json"), Key("summary.json"), Key("keyframes.jsonl"),
                                   Key("health.jsonl"), Key("trajectory_covariance.npy"),
                                   Key("trajectory_cross_covariance.npz"), Key("plan_view.svg"),
                                   Key("index.html"), Key("slam/open_loop_trajectory.csv"),
                                   Key("slam/closed_loop_trajectory.csv"),
                                   Key("slam/semidense_points.csv.gz"),
                                   Key("slam/online_calibration.jsonl"), Key("slam/summary.json")));
}

TEST_F(SessionWriterTest, LeavesOutTheClosedLoopThatWasNotMade) {
  Session session = SyntheticSession();
  session.closed_loop.clear();
  session.keyframes.clear();
  session.pairs.clear();
  session.landmarks.clear();
  ASSERT_TRUE(WriteSession(session, root_ / "s"));
  const auto files = Files(root_ / "s");
  EXPECT_THAT(files, Not(Contains(Key("slam/closed_loop_trajectory.csv"))));
  EXPECT_THAT(files.at("trajectory_covariance.npy"), HasSubstr("'shape': (0, 15, 15, )"));
}

TEST_F(SessionWriterTest, ReplacesASessionThatNobodyAddedTo) {
  ASSERT_TRUE(WriteSession(SyntheticSession(), root_ / "s"));
  ASSERT_TRUE(WriteSession(SyntheticSession(), root_ / "s"));
  for (const char* name : {"notes.txt", "slam/mine.csv"}) {
    std::ofstream(root_ / "s" / name) << "precious";
    for (const Status& tried :
         {CheckSessionTarget(root_ / "s"), WriteSession(SyntheticSession(), root_ / "s")}) {
      ASSERT_FALSE(tried);
      EXPECT_EQ(tried.error().kind, ErrorKind::kUsage);
      EXPECT_THAT(tried.error().what, HasSubstr(name));
    }
    EXPECT_TRUE(fs::remove(root_ / "s" / name));
  }
}

TEST_F(SessionWriterTest, CancelledAtAnyMomentItLeavesEverythingAsItWas) {
  const auto cancelled_at = [this](int moment) {
    int asked = 0;
    return WriteSession(SyntheticSession(), root_ / "s", [&] { return asked++ == moment; });
  };
  int moments = 0;
  for (; moments < 100; ++moments) {
    const Status written = cancelled_at(moments);
    if (written) break;
    EXPECT_EQ(written.error().kind, ErrorKind::kTryAgain);
    EXPECT_EQ(written.error().where, root_ / "s");
    ASSERT_TRUE(fs::is_empty(root_)) << moments;
  }
  EXPECT_EQ(moments, 14) << "before each of 13 files, and before they are put in place";
  const auto files = Files(root_);
  for (int moment = 0; moment < moments; ++moment) {
    EXPECT_FALSE(cancelled_at(moment));
    ASSERT_EQ(Files(root_), files) << moment;
  }
}

TEST_F(SessionWriterTest, DependsOnTheRunOnlyUnderRun) {
  Session session = SyntheticSession();
  ASSERT_TRUE(WriteSession(session, root_ / "a"));
  session.run = {"elsewhere/log", "some/truth", 8, 77, 99, {{"isp", 42}}};
  ASSERT_TRUE(WriteSession(session, root_ / "b"));
  auto a = Files(root_ / "a");
  auto b = Files(root_ / "b");
  Json summary_a = Json::parse(a.at("summary.json"));
  Json summary_b = Json::parse(b.at("summary.json"));
  EXPECT_NE(summary_a["run"], summary_b["run"]);
  EXPECT_EQ(summary_b["run"]["threads"], 8);
  summary_a.erase("run");
  summary_b.erase("run");
  EXPECT_EQ(summary_a, summary_b);
  a.erase("summary.json");
  b.erase("summary.json");
  EXPECT_EQ(a, b);
  for (const auto& [name, bytes] : a) EXPECT_THAT(bytes, Not(HasSubstr("some/log"))) << name;
}

TEST_F(SessionWriterTest, WritesTheCovarianceAsNumPyReadsIt) {
  Session session = SyntheticSession();
  session.keyframes[3].covariance(2, 7) = 0.125;
  ASSERT_TRUE(WriteSession(session, root_ / "s"));
  const std::string npy = Files(root_ / "s").at("trajectory_covariance.npy");
  ASSERT_EQ(npy.size(), 128 + session.keyframes.size() * 15 * 15 * 8);
  double value = 0;
  std::memcpy(&value, npy.data() + 128 + ((3 * 15 + 2) * 15 + 7) * 8, sizeof value);
  EXPECT_EQ(value, 0.125);
}

TEST_F(SessionWriterTest, SaysInSessionJsonWhatTheNumbersMean) {
  ASSERT_TRUE(WriteSession(SyntheticSession(), root_ / "s"));
  const Json document = Json::parse(Files(root_ / "s").at("session.json"));
  EXPECT_EQ(document["format"], "nightjar.session/1");
  EXPECT_EQ(document["input_identity"], "0123456789abcdef");
  EXPECT_EQ(document["config"]["tracker"]["max_features"], 200);
  EXPECT_EQ(document["conventions"]["gravity_world_m_s2"], Json({0.0, 0.0, -9.81}));
  EXPECT_EQ(document["calibration"]["cameras"][0]["name"], "cam0");
  EXPECT_EQ(document["calibration"]["cameras"][0]["T_device_camera"]["p"],
            Json({0.01, 0.02, 0.03}));
  EXPECT_EQ(document["privacy"]["images"], false);
  EXPECT_EQ(document["privacy"]["points"], true);
}

TEST_F(SessionWriterTest, WritesOneHealthRecordPerFrame) {
  Session session = SyntheticSession();
  session.health[1].velocity_sigma_m_s = std::numeric_limits<double>::infinity();
  session.health[1].reason = "bytes that are not UTF-8: \xff";
  ASSERT_TRUE(WriteSession(session, root_ / "s"));
  const std::string lines = Files(root_ / "s").at("health.jsonl");
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 200);
  const size_t second = lines.find('\n') + 1;
  const Json record = Json::parse(lines.substr(second, lines.find('\n', second) - second));
  EXPECT_EQ(record["t_ns"], 10'050'000'000);
  EXPECT_EQ(record["status"], "initialising");
  EXPECT_EQ(record["quality_score"], 0.5);
  EXPECT_TRUE(record["velocity_sigma_m_s"].is_null());
}

TEST_F(SessionWriterTest, ReplacesASessionAndNothingElse) {
  ASSERT_TRUE(WriteSession(SyntheticSession(50), root_ / "s"));
  EXPECT_TRUE(CheckSessionTarget(root_ / "s"));
  ASSERT_TRUE(WriteSession(SyntheticSession(60), root_ / "s"));
  EXPECT_EQ(Json::parse(Files(root_ / "s").at("summary.json"))["trajectory"]["frames"], 60);

  for (const char* foreign : {"{\"format\":\"somebody's\"}", "{}", "[", "[]", "{\"format\":7}"}) {
    std::ofstream(root_ / "s/session.json") << foreign;
    EXPECT_EQ(CheckSessionTarget(root_ / "s").error().kind, ErrorKind::kUsage) << foreign;
    EXPECT_FALSE(WriteSession(SyntheticSession(50), root_ / "s")) << foreign;
  }
  EXPECT_EQ(Json::parse(Files(root_ / "s").at("summary.json"))["trajectory"]["frames"], 60);
  EXPECT_TRUE(CheckSessionTarget(root_ / "new"));
}

}  // namespace
}  // namespace nightjar
