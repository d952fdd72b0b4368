// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/keyframe_motion.h"

#include <gtest/gtest.h>

#include <cmath>

#include "apps/pipeline/depth_millimetres.h"

namespace nightjar {
namespace {

SensorTime At(int ms) { return SensorTime(std::chrono::milliseconds(ms)); }

/// Two keyframes 0.2 s apart: 1 m/s to the side, 0.5 rad/s about the vertical.
Session TwoKeyframes(double readout_s) {
  Session session;
  RigCamera camera;
  camera.readout_s = readout_s;
  session.rig.cameras = {camera};
  for (int k = 0; k < 2; ++k) {
    Keyframe keyframe;
    keyframe.state.time = At(1000 + 200 * k);
    keyframe.state.T_world_body.translation = {0.2 * k, 0, 0};
    keyframe.state.T_world_body.rotation = Eigen::AngleAxisd(0.1 * k, Eigen::Vector3d::UnitZ());
    keyframe.state.velocity_world = {1, 0, 0};
    keyframe.covariance.diagonal().setConstant(k * 1e-4);
    session.keyframes.push_back(keyframe);
    TrajectoryRow row;
    row.state = keyframe.state;
    row.angular_velocity_body = {0, 0, 0.5};
    session.closed_loop.push_back(row);
  }
  return session;
}

TEST(KeyframeMotion, PosesBetweenRows) {
  const Session session = TwoKeyframes(0);
  const auto middle = PoseAt(session.closed_loop, At(1100));
  ASSERT_TRUE(middle);
  EXPECT_NEAR(Eigen::AngleAxisd(middle->rotation).angle(), 0.05, 1e-9);
  // On an arc, not on the chord: half way along, 0.1 m and 0.1 * 0.025 to the side.
  EXPECT_NEAR(middle->translation.x(), 0.1, 1e-4);
  EXPECT_NEAR(std::abs(middle->translation.y()), 0.0025, 1e-4);
  EXPECT_FALSE(PoseAt(session.closed_loop, At(999)));
  EXPECT_FALSE(PoseAt(session.closed_loop, At(1201)));
}

TEST(KeyframeMotion, WayBetweenTimesOfOneMap) {
  Session session = TwoKeyframes(0);
  const auto way = WayBetween(session.closed_loop, At(1000), At(1200));
  ASSERT_TRUE(way);
  // The first body's place as the second one, 0.2 m further and turned by 0.1 rad, has it.
  EXPECT_NEAR(way->translation.x(), -0.2 * std::cos(0.1), 1e-9);
  EXPECT_NEAR(way->translation.y(), 0.2 * std::sin(0.1), 1e-9);
  EXPECT_FALSE(WayBetween(session.closed_loop, At(1000), At(1300)));
  session.closed_loop[1].map = session.closed_loop[0].map + 1;
  EXPECT_FALSE(WayBetween(session.closed_loop, At(1000), At(1200)));
}

TEST(KeyframeMotion, SigmaIsTheDifferenceOfVariances) {
  const MoveSigma sigma = SigmaBetween(TwoKeyframes(0), 0, 1);
  EXPECT_NEAR(sigma.position_m, 0.01, 1e-12);
  EXPECT_NEAR(sigma.turn_rad, 0.01, 1e-12);
  // Of equal variances it is not nothing.
  const MoveSigma least = SigmaBetween(TwoKeyframes(0), 0, 0);
  EXPECT_NEAR(least.position_m, 0.001, 1e-12);
  EXPECT_NEAR(least.turn_rad, 0.00025, 1e-12);
}

TEST(KeyframeMotion, WhatBothHaveWrongInCommonIsNotInSigma) {
  Session session = TwoKeyframes(0);
  for (Keyframe& keyframe : session.keyframes) keyframe.covariance.diagonal().setConstant(1e-2);
  KeyframePair pair{0, 1, Matrix6d::Zero()};
  // Independent: both variances, and the turn of the first at the second's 0.2 m.
  session.pairs = {pair};
  EXPECT_NEAR(SigmaBetween(session, 0, 1).turn_rad, std::sqrt(2e-2), 1e-9);
  const double lever = 2.0 / 3 * 0.2 * 0.2 * 1e-2;  // along two of three axes
  EXPECT_NEAR(SigmaBetween(session, 0, 1).position_m, std::sqrt(2e-2 + lever), 1e-9);
  EXPECT_EQ(SigmaBetween(session, 1, 0).position_m, SigmaBetween(session, 0, 1).position_m);
  // In common but for 1 %, and that at the lever too.
  pair.cross_covariance = 0.99e-2 * Matrix6d::Identity();
  session.pairs = {pair};
  EXPECT_NEAR(SigmaBetween(session, 0, 1).turn_rad, std::sqrt(2e-4), 1e-9);
}

TEST(KeyframeMotion, RollingShuttersAddTheMotionOfTheirRows) {
  EXPECT_EQ(RowSigma(TwoKeyframes(0), 1).turn_rad, 0);
  // Rows of 24 ms have a deviation of 24 / sqrt(12).
  const double spread_s = 0.024 / std::sqrt(12.0);
  const MoveSigma rows = RowSigma(TwoKeyframes(0.024), 1);
  EXPECT_NEAR(rows.position_m, spread_s, 1e-12);
  EXPECT_NEAR(rows.turn_rad, 0.5 * spread_s, 1e-12);
  const MoveSigma between = SigmaBetween(TwoKeyframes(0.024), 0, 1);
  EXPECT_NEAR(between.position_m, std::sqrt(1e-4 + 2 * spread_s * spread_s), 1e-12);
  EXPECT_NEAR(between.turn_rad, std::sqrt(1e-4 + 0.5 * spread_s * spread_s), 1e-12);
}

TEST(DepthMillimetres, WhatDoesNotFitIsUnknownInBoth) {
  DepthMap map = UnknownDepthMap({}, 0, {6, 1, 100, 0, 0});
  const float depths[] = {1.2344F, 70, 40, 0.0002F, kUnknownDepth, 65.5F};
  const float sigmas[] = {0.0101F, 1, 70, 0.01F, kUnknownDepth, 65.5F};
  for (int x = 0; x < 6; ++x) {
    map.depth_m(x, 0) = depths[x];
    map.sigma_m(x, 0) = sigmas[x];
  }
  const DepthMillimetres written = InMillimetres(map);
  EXPECT_EQ(written.depth(0, 0), 1234);
  EXPECT_EQ(written.sigma(0, 0), 11);
  for (int x = 1; x < 5; ++x) {
    EXPECT_EQ(written.depth(x, 0), 0) << x;
    EXPECT_EQ(written.sigma(x, 0), 0) << x;
  }
  EXPECT_EQ(written.depth(5, 0), 65500);
  EXPECT_EQ(written.sigma(5, 0), 65500);
}

}  // namespace
}  // namespace nightjar
