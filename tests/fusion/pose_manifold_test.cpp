// SPDX-License-Identifier: Apache-2.0
#include "fusion/pose_manifold.h"

#include <ceres/internal/eigen.h>
#include <ceres/manifold_test_utils.h>
#include <gtest/gtest.h>

#include <numbers>

#include "core/so3.h"
#include "fusion/scenario.h"

namespace nightjar {
namespace {

Eigen::VectorXd PoseVector(const Se3& T) {
  Eigen::VectorXd pose(kPoseSize);
  PoseToBlock(T, pose.data());
  return pose;
}

// Ceres' own laws of a manifold, numerically.
TEST(PoseManifold, ObeysTheLawsOfAManifold) {
  NormalSource noise(1);
  using namespace ceres;  // the macro names its matchers unqualified
  const PoseManifold manifold;
  const double near_pi = std::numbers::pi - 1e-2;
  std::vector<Eigen::Vector3d> rotations = {Eigen::Vector3d::Zero(),
                                            Eigen::Vector3d(1e-8, 0, -1e-8),
                                            near_pi * Eigen::Vector3d(1, 2, -2).normalized()};
  for (int i = 0; i < 20; ++i) rotations.push_back(noise.Normal3());
  for (const Eigen::Vector3d& rotation : rotations) {
    const Se3 T{so3::Exp(rotation), 3 * noise.Normal3()};
    Vector6d delta;
    delta << noise.Normal3(), 0.5 * noise.Normal3();
    const Eigen::VectorXd x = PoseVector(T);
    const Eigen::VectorXd y = PoseVector(T * se3::Exp(delta));
    const Eigen::VectorXd tangent = delta;
    EXPECT_THAT_MANIFOLD_INVARIANTS_HOLD(manifold, x, tangent, y, 1e-8);
  }
}

TEST(PoseManifold, IsARightPerturbationWithWholeAngles) {
  const Se3 T{so3::Exp({0.3, -0.2, 0.9}), Eigen::Vector3d(1, 2, 3)};
  Vector6d delta = Vector6d::Zero();
  delta[0] = 0.1;  // along the body's x axis
  delta[5] = 0.2;  // 0.2 rad about the body's z axis
  Eigen::VectorXd moved(kPoseSize);
  PoseManifold().Plus(PoseVector(T).data(), delta.data(), moved.data());
  const Se3 step = T.Inverse() * PoseFromBlock(moved.data());
  EXPECT_NEAR(so3::Log(step.rotation).z(), 0.2, 1e-12);
  EXPECT_NEAR(step.translation.x(), 0.1, 1e-3);  // the screw bends it by less than a millimetre
  EXPECT_GT(step.translation.y(), 0.0);          // to the left: the turn is about +z
}

}  // namespace
}  // namespace nightjar
