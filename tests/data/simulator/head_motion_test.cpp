// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/head_motion.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "core/imu_sample.h"
#include "core/so3.h"

namespace nightjar {
namespace {

struct Extremes {
  double speed = 0, acceleration = 0, turn = 0, mean_speed = 0, lowest = 1e9, highest = 0;
};

Extremes Measure(HeadMotion motion, uint64_t seed) {
  const MotionSpline spline = MakeHeadMotion(motion, -1, 30, seed);
  Extremes extremes;
  int count = 0;
  for (double t = 0; t < 30; t += 0.005, ++count) {
    const Motion at = spline.At(t);
    extremes.speed = std::max(extremes.speed, at.velocity_world.norm());
    extremes.mean_speed += at.velocity_world.norm();
    extremes.acceleration = std::max(extremes.acceleration, at.acceleration_world.norm());
    extremes.turn = std::max(extremes.turn, at.angular_velocity_body.norm());
    extremes.lowest = std::min(extremes.lowest, at.T_world_body.translation.z());
    extremes.highest = std::max(extremes.highest, at.T_world_body.translation.z());
  }
  extremes.mean_speed /= count;
  return extremes;
}

TEST(HeadMotion, IsWhatItsNameSays) {
  for (const uint64_t seed : {1, 2, 3}) {
    const Extremes walk = Measure(HeadMotion::kWalk, seed);
    EXPECT_NEAR(walk.mean_speed, 1.15, 0.15);
    EXPECT_GT(walk.highest - walk.lowest, 0.03) << "gait bounce";
    EXPECT_LT(walk.highest - walk.lowest, 0.08);
    EXPECT_GT(walk.turn, 1);
    EXPECT_LT(walk.turn, 5);
    const Extremes look = Measure(HeadMotion::kLook, seed);
    EXPECT_LT(look.mean_speed, 0.2);
    EXPECT_GT(look.turn, 2);
    const Extremes desk = Measure(HeadMotion::kDesk, seed);
    EXPECT_LT(desk.highest, 1.35) << "seated";
    EXPECT_LT(desk.turn, 3);
    const Extremes fast = Measure(HeadMotion::kFast, seed);
    EXPECT_GT(fast.turn, 5);
    EXPECT_LT(fast.turn, 10);
    EXPECT_GT(fast.acceleration, 20);
    EXPECT_LT(fast.acceleration, 35);
    const Extremes stand = Measure(HeadMotion::kStand, seed);
    EXPECT_LT(stand.speed, 1e-12);
    EXPECT_LT(stand.turn, 1e-12);
  }
}

TEST(HeadMotion, IsTheSameForASeedWhateverItsLength) {
  const MotionSpline brief = MakeHeadMotion(HeadMotion::kWalk, -1, 5, 7);
  const MotionSpline longer = MakeHeadMotion(HeadMotion::kWalk, -1, 20, 7);
  const MotionSpline other = MakeHeadMotion(HeadMotion::kWalk, -1, 5, 8);
  EXPECT_GE(brief.end_s(), 5);
  EXPECT_EQ(brief.Pose(3).translation, longer.Pose(3).translation);
  EXPECT_EQ(brief.Pose(3).rotation.coeffs(), longer.Pose(3).rotation.coeffs());
  EXPECT_NE(brief.Pose(3).translation, other.Pose(3).translation);
}

TEST(HeadMotion, IsFoundByItsName) {
  for (const HeadMotion motion : {HeadMotion::kWalk, HeadMotion::kLook, HeadMotion::kDesk,
                                  HeadMotion::kStand, HeadMotion::kFast})
    EXPECT_EQ(HeadMotionNamed(NameOf(motion)), motion);
  EXPECT_FALSE(HeadMotionNamed("run"));
}

}  // namespace
}  // namespace nightjar
