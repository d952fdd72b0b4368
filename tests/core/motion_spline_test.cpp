// SPDX-License-Identifier: Apache-2.0
#include "core/motion_spline.h"

#include <gtest/gtest.h>

#include <numeric>

#include "core/random.h"
#include "core/so3.h"

namespace nightjar {
namespace {

MotionSpline RandomMotion(int control_poses, double step_rad) {
  RandomStream random(1, 0);
  std::vector<Se3> poses;
  Se3 pose;
  for (int i = 0; i < control_poses; ++i) {
    pose.rotation = pose.rotation * so3::Exp(step_rad * random.Normal3());
    pose.translation += 0.1 * random.Normal3();
    poses.push_back(pose);
  }
  return MotionSpline(10, 0.1, poses);
}

TEST(MotionSpline, DerivativesAreThoseOfThePose) {
  const MotionSpline motion = RandomMotion(12, 0.3);
  EXPECT_NEAR(motion.end_s(), 10.7, 1e-12);
  constexpr double h = 1e-4;
  for (double t = 10.01; t < 10.69; t += 0.0137) {
    const Motion now = motion.At(t);
    const Motion before = motion.At(t - h);
    const Motion after = motion.At(t + h);
    const Eigen::Vector3d velocity =
        (after.T_world_body.translation - before.T_world_body.translation) / (2 * h);
    const Eigen::Vector3d acceleration = (after.velocity_world - before.velocity_world) / (2 * h);
    const Eigen::Vector3d angular =
        so3::Log(before.T_world_body.rotation.conjugate() * after.T_world_body.rotation) / (2 * h);
    EXPECT_LT((now.velocity_world - velocity).norm(), 1e-4);
    EXPECT_LT((now.acceleration_world - acceleration).norm(), 1e-3);
    EXPECT_LT((now.angular_velocity_body - angular).norm(), 1e-4 * (1 + angular.norm()));
  }
}

TEST(MotionSpline, IsSmoothAcrossIntervals) {
  const MotionSpline motion = RandomMotion(12, 0.3);
  for (int i = 1; i < 7; ++i) {
    const double t = 10 + 0.1 * i;
    const Motion before = motion.At(t - 1e-9);
    const Motion after = motion.At(t + 1e-9);
    EXPECT_LT((before.acceleration_world - after.acceleration_world).norm(), 1e-4);
    EXPECT_LT((before.angular_velocity_body - after.angular_velocity_body).norm(), 1e-5);
  }
}

TEST(MotionSpline, KeepsAnEvenMotion) {
  // Linear precision: control poses on a screw give the screw, each at its instant.
  const Eigen::Vector3d turn(0.02, -0.05, 0.1);
  const Eigen::Vector3d step(0.1, 0.05, -0.02);
  std::vector<Se3> poses;
  for (int i = 0; i < 9; ++i) poses.push_back({so3::Exp((i - 2) * turn), (i - 2) * step});
  const MotionSpline motion(5, 0.25, poses);
  for (double t = 5; t <= motion.end_s(); t += 0.03) {
    const Motion at = motion.At(t);
    const double n = (t - 5) / 0.25;
    EXPECT_LT((at.T_world_body.translation - n * step).norm(), 1e-12);
    EXPECT_LT(so3::Log(so3::Exp(n * turn).conjugate() * at.T_world_body.rotation).norm(), 1e-12);
    EXPECT_LT((at.velocity_world - step / 0.25).norm(), 1e-12);
    EXPECT_LT((at.angular_velocity_body - turn / 0.25).norm(), 1e-12);
    EXPECT_LT(at.acceleration_world.norm(), 1e-9);
  }
}

TEST(MotionSpline, WeightsAddUpAndEndsHold) {
  const MotionSpline motion = RandomMotion(8, 0.1);
  for (const double t : {9.0, 10.0, 10.05, 10.1, 10.299, 10.3, 11.0}) {
    const MotionSpline::Basis basis = motion.BasisAt(t);
    EXPECT_NEAR(std::accumulate(basis.weights.begin(), basis.weights.end(), 0.0), 1, 1e-14);
    EXPECT_GE(basis.segment, 0);
    EXPECT_LE(basis.segment, 2);
    Eigen::Vector3d p = Eigen::Vector3d::Zero();
    for (size_t i = 0; i < basis.weights.size(); ++i) {
      EXPECT_GE(basis.weights[i], 0);
      p += basis.weights[i] *
           motion.control_poses()[static_cast<size_t>(basis.segment) + i].translation;
    }
    EXPECT_LT((p - motion.Pose(t).translation).norm(), 1e-14);
  }
  EXPECT_EQ(motion.Pose(9.0).translation, motion.Pose(10.0).translation);
  EXPECT_EQ(motion.Pose(11.0).translation, motion.Pose(motion.end_s()).translation);
}

}  // namespace
}  // namespace nightjar
