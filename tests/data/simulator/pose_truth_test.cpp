// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/pose_truth.h"

#include <gmock/gmock.h>

#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

constexpr SensorTime At(int64_t ms) { return FromNanoseconds(ms * 1'000'000); }

class PoseTruthTest : public testing::Test {
 protected:
  // Poses at 1.0, 1.1 .. 2.0 s that move by 0.2 m each along y; without those of (1.3, until).
  std::string Write(double until = 1.3) const {
    std::string text;
    for (int i = 10; i <= 20; ++i) {
      if (i > 13 && i < static_cast<int>(10 * until + 0.5)) continue;
      text += std::to_string(i / 10) + "." + std::to_string(i % 10) + " 3 " +
              std::to_string(0.2 * i) + " 0 0 0 0 1\n";
    }
    WriteText(file_, text);
    return text;
  }
  std::string Refusal(int64_t begin_ms, int64_t end_ms) const {
    const auto truth = TruthOfPoses(file_, At(begin_ms), At(end_ms));
    if (truth) return {};
    EXPECT_EQ(truth.error().kind, ErrorKind::kUnusableInput);
    return truth.error().Message();
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "poses.txt";
};

TEST_F(PoseTruthTest, BracketsTheSpan) {
  Write();
  const auto truth = TruthOfPoses(file_, At(1250), At(1610));
  ASSERT_TRUE(truth) << truth.error().Message();
  ASSERT_EQ(truth->size(), 6U);
  EXPECT_EQ(truth->front().time, At(1200));
  EXPECT_EQ(truth->back().time, At(1700));
  EXPECT_NEAR(truth->front().T_world_body.translation.y(), 2.4, 1e-12);
  for (const NavigationState& state : *truth) {
    EXPECT_NEAR(state.velocity_world.y(), 2, 1e-9);
    EXPECT_NEAR(state.velocity_world.x(), 0, 1e-9);
  }
}

TEST_F(PoseTruthTest, TakesThePosesAtItsEnds) {
  Write();
  const auto whole = TruthOfPoses(file_, At(1000), At(2000));
  ASSERT_TRUE(whole);
  EXPECT_EQ(whole->size(), 11U);
  EXPECT_NEAR(whole->front().velocity_world.y(), 2, 1e-9) << "from one side";
  EXPECT_NEAR(whole->back().velocity_world.y(), 2, 1e-9);
  const auto part = TruthOfPoses(file_, At(1200), At(1400));
  ASSERT_TRUE(part);
  EXPECT_EQ(part->size(), 3U);
}

TEST_F(PoseTruthTest, MustCoverTheSpan) {
  Write();
  EXPECT_THAT(Refusal(999, 1500), testing::HasSubstr("from 1.000 s to 2.000 s"));
  EXPECT_THAT(Refusal(1500, 2001), testing::HasSubstr("from 1.500 s to 2.001 s"));
  EXPECT_THAT(Refusal(5000, 6000), testing::HasSubstr("same clock"));
}

TEST_F(PoseTruthTest, HasNoHoles) {
  Write(1.8);
  EXPECT_EQ(Refusal(1000, 2000), "") << "half a second is none";
  Write(1.9);
  EXPECT_THAT(Refusal(1000, 2000), testing::HasSubstr("no pose between 1.300 s and 1.900 s"));
  EXPECT_THAT(Refusal(1350, 1360), testing::HasSubstr("no pose between"));
  EXPECT_EQ(Refusal(1000, 1300), "") << "the hole is elsewhere";
}

}  // namespace
}  // namespace nightjar
