// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/evaluate.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cstdlib>
#include <fstream>

#include "spatial/session_writer.h"
#include "tests/spatial/synthetic_session.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;

// A session whose causal path wanders and whose final one is perfect, and the truth beside it.
class EvaluateTest : public testing::Test {
 protected:
  EvaluateTest() {
    std::string pattern = (fs::temp_directory_path() / "evaluate_test-XXXXXX").string();
    root_ = mkdtemp(pattern.data());
    session_ = SyntheticSession(280);
    const std::vector<StampedPose> wandering = WanderingEstimate();
    for (size_t k = 0; k < session_.open_loop.size(); ++k) {
      session_.open_loop[k].state.T_world_body = wandering[k].T_world_body;
    }
    std::ofstream stream(root_ / "truth.txt");
    for (int k = 0; k < 2840; ++k) {
      const Se3 T = SyntheticPose(0.005 * k);
      const Eigen::Quaterniond& q = T.rotation;
      stream << fmt::format("{:.3f} {:.12f} {:.12f} {:.12f} {:.12f} {:.12f} {:.12f} {:.12f}\n",
                            10 + 0.005 * k, T.translation.x(), T.translation.y(), T.translation.z(),
                            q.x(), q.y(), q.z(), q.w());
    }
  }
  ~EvaluateTest() override { fs::remove_all(root_); }

  Result<Evaluation> Run(const std::optional<double>& min_quality = {}) const {
    return Evaluate({root_ / "s", root_ / "truth.txt", min_quality});
  }

  fs::path root_;
  Session session_;
};

TEST_F(EvaluateTest, ReadsBackWhatTheWriterWrote) {
  ASSERT_TRUE(WriteSession(session_, root_ / "s"));
  const Result<Evaluation> result = Run();
  ASSERT_TRUE(result) << result.error().Message();
  EXPECT_EQ(result->causal.frames, 280);
  EXPECT_NEAR(result->causal.coverage, 275.0 / 280, 1e-12)
      << "every fiftieth frame is dead-reckoned";
  EXPECT_EQ(result->causal.error.compared, 279);
  EXPECT_NEAR(result->causal.error.ate_rmse_m, 0.0176, 5e-4);
  EXPECT_GT(result->causal.error.tilt_rmse_deg, 1);
  ASSERT_TRUE(result->final.has_value());
  EXPECT_LT(result->final->error.ate_rmse_m, 1e-8);
  EXPECT_LT(result->final->error.attitude_rmse_deg, 1e-6);
  ASSERT_TRUE(result->nees.has_value());
  EXPECT_EQ(result->nees->keyframes, 55) << "all but the first";
  EXPECT_LT(result->nees->first_gauge.position, 1e-6);
}

TEST_F(EvaluateTest, ComparesOnlyTheAskedQualityAndCountsAllFrames) {
  ASSERT_TRUE(WriteSession(session_, root_ / "s"));
  const Result<Evaluation> result = Run(1.0);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->causal.frames, 280);
  EXPECT_EQ(result->causal.error.poses, 280 - 10 - 5)
      << "without the initialising and the dead-reckoned ones";
  EXPECT_NEAR(result->causal.coverage, 275.0 / 280, 1e-12);
}

// Aligned together the two would be metres off.
TEST_F(EvaluateTest, ComparesTheLargestMapAndCoversNoMore) {
  SplitIntoTwoMaps(session_, 100);
  ASSERT_TRUE(WriteSession(session_, root_ / "s"));
  const Result<Evaluation> result = Run();
  ASSERT_TRUE(result) << result.error().Message();
  EXPECT_EQ(result->causal.maps, 2);
  EXPECT_EQ(result->causal.frames, 280);
  EXPECT_EQ(result->causal.error.poses, 180);
  EXPECT_NEAR(result->causal.coverage, (180.0 - 3) / 280, 1e-12);
  ASSERT_TRUE(result->final);
  EXPECT_LT(result->final->error.ate_rmse_m, 1e-8);
  ASSERT_TRUE(result->nees);
  EXPECT_EQ(result->nees->keyframes, 35) << "of the 36 of the second map all but the first";
  EXPECT_LT(result->nees->first_gauge.position, 1e-6);
}

TEST_F(EvaluateTest, DoesWithoutAFinalTrajectory) {
  session_.closed_loop.clear();
  session_.keyframes.clear();
  ASSERT_TRUE(WriteSession(session_, root_ / "s"));
  const Result<Evaluation> result = Run();
  ASSERT_TRUE(result);
  EXPECT_FALSE(result->final.has_value());
  EXPECT_FALSE(result->nees.has_value());
}

// Rows that stand where the body stood at the start would be centimetres from a truth at rest.
TEST_F(EvaluateTest, ASessionThatNeverStartedHasNoAccuracy) {
  for (auto& row : session_.open_loop) row.status = TrackingStatus::kWaiting;
  ASSERT_TRUE(WriteSession(session_, root_ / "s"));
  const Result<Evaluation> result = Run();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().kind, ErrorKind::kNoAnswer);
  EXPECT_THAT(result.error().Message(), testing::HasSubstr("the session never started"));
}

TEST_F(EvaluateTest, TellsWhatIsWrong) {
  EXPECT_EQ(Run().error().kind, ErrorKind::kUsage) << "no session";
  ASSERT_TRUE(WriteSession(session_, root_ / "s"));
  EXPECT_EQ(Evaluate({root_ / "s", root_ / "nowhere.txt", {}}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(Run(1.5).error().kind, ErrorKind::kUsage);
  std::ofstream(root_ / "s/keyframes.jsonl") << "{\"t_ns\":";
  EXPECT_EQ(Run().error().kind, ErrorKind::kUnusableInput);
  std::ofstream(root_ / "truth.txt") << "0 0 0 0 0 0 0 1\n0.01 0 0 0 0 0 0 1\n";
  EXPECT_EQ(Run().error().kind, ErrorKind::kNoAnswer) << "another clock";
}

}  // namespace
}  // namespace nightjar
