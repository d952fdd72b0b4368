// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <memory>
#include <numbers>

#include "core/so3.h"
#include "fusion/imu_cost.h"
#include "fusion/jacobian_check.h"
#include "fusion/marginalisation.h"
#include "fusion/reprojection_cost.h"
#include "fusion/scenario.h"
#include "fusion/start_cost.h"
#include "fusion/zero_velocity_cost.h"

namespace nightjar {
namespace {

// Rotations where derivatives break when they are wrong: none, almost none, some, almost half a
// turn.
std::vector<Eigen::Vector3d> TestRotations() {
  const double near_pi = std::numbers::pi - 1e-3;
  return {Eigen::Vector3d::Zero(), Eigen::Vector3d(1e-8, -2e-8, 1e-8),
          Eigen::Vector3d(0.3, -0.8, 0.5), near_pi * Eigen::Vector3d(2, -1, 2).normalized()};
}

StateBlocks MakeState(const Eigen::Vector3d& rotation, uint64_t seed) {
  NormalSource noise(seed);
  NavigationState state;
  state.T_world_body = {so3::Exp(rotation), noise.Normal3()};
  state.velocity_world = noise.Normal3();
  state.gyro_bias = 0.02 * noise.Normal3();
  state.accelerometer_bias = 0.1 * noise.Normal3();
  return ToBlocks(state);
}

std::shared_ptr<const ImuPreintegration> SomeInterval() {
  const Scenario scenario = MakeScenario({.seconds = 1});
  const std::span<const ImuSample> samples(scenario.imu);
  return std::make_shared<ImuPreintegration>(Preintegrate(
      samples.subspan(40, 60), scenario.rig.imu.noise, {0.01, -0.02, 0.02}, {0.06, -0.03, 0.05}));
}

TEST(ImuCost, JacobiansAreNumericallyTrue) {
  const auto interval = SomeInterval();
  const ImuCost cost(interval);
  for (const Eigen::Vector3d& rotation : TestRotations()) {
    const StateBlocks i = MakeState(rotation, 1);
    const NavigationState predicted = interval->Predict(FromBlocks(SensorTime(), i));
    // At the prediction (zero residual), near it, and with a large residual rotation.
    for (const double away : {0.0, 1e-8, 0.05, 2.0}) {
      NavigationState end = predicted;
      end.T_world_body.rotation =
          end.T_world_body.rotation * so3::Exp(away * Eigen::Vector3d(1, -1, 0.5).normalized());
      end.T_world_body.translation += away * Eigen::Vector3d(0.1, 0.2, -0.1);
      end.gyro_bias += away * Eigen::Vector3d(0.01, 0.02, -0.01);
      const StateBlocks j = ToBlocks(end);
      ExpectTrueJacobians(cost, {i.pose.data(), i.motion.data(), j.pose.data(), j.motion.data()},
                          1e-5);
    }
  }
}

TEST(ImuCost, IsZeroAtThePredictionAndBlindToPositionAndYaw) {
  const auto interval = SomeInterval();
  const ImuCost cost(interval);
  const StateBlocks i = MakeState({0.2, -0.1, 1.0}, 2);
  NavigationState start = FromBlocks(SensorTime(), i);
  NavigationState end = interval->Predict(start);
  const Se3 moved{so3::Exp({0, 0, 0.7}), Eigen::Vector3d(3, -2, 5)};
  for (NavigationState* state : {&start, &end}) {
    state->T_world_body = moved * state->T_world_body;
    state->velocity_world = moved.rotation * state->velocity_world;
  }
  const StateBlocks a = ToBlocks(start);
  const StateBlocks b = ToBlocks(end);
  const double* blocks[] = {a.pose.data(), a.motion.data(), b.pose.data(), b.motion.data()};
  Eigen::Matrix<double, 15, 1> residual;
  ASSERT_TRUE(cost.Evaluate(blocks, residual.data(), nullptr));
  EXPECT_LT(residual.norm(), 1e-6);
}

TEST(ReprojectionCost, JacobiansAreNumericallyTrue) {
  const Rig rig = ScenarioRig(2);
  FeatureObservation seen;
  seen.pixel = {300, 200};
  seen.covariance << 0.3, 0.05, 0.05, 0.2;
  for (const Eigen::Vector3d& rotation : TestRotations()) {
    for (const double inverse_distance : {0.0, 0.05, 1.0}) {
      for (int target = 0; target < 2; ++target) {
        const ReprojectionCost cost(
            {rig.cameras[0], rig.cameras[static_cast<size_t>(target)], seen});
        const StateBlocks host = MakeState(rotation, 3);
        const Se3 step{so3::Exp({0.05, -0.1, 0.08}), Eigen::Vector3d(0.1, -0.2, 0.05)};
        NavigationState other = FromBlocks(SensorTime(), host);
        other.T_world_body = other.T_world_body * step;
        const StateBlocks target_state = ToBlocks(other);
        const std::array<double, 3> landmark = {0.1, -0.07, inverse_distance};
        ExpectTrueJacobians(cost, {host.pose.data(), target_state.pose.data(), landmark.data()},
                            1e-5);
      }
    }
  }
}

TEST(HostReprojectionCost, JacobiansAreNumericallyTrue) {
  const Rig rig = ScenarioRig(2);
  FeatureObservation seen;
  seen.pixel = {300, 200};
  for (const double inverse_distance : {0.0, 0.05, 1.0}) {
    const HostReprojectionCost cost({rig.cameras[0], rig.cameras[1], seen});
    const std::array<double, 3> landmark = {-0.1, 0.07, inverse_distance};
    ExpectTrueJacobians(cost, {landmark.data()});
  }
}

TEST(ReprojectionCost, IsZeroForTheTrueLandmarkAndCountsInSigmas) {
  const Rig rig = ScenarioRig(2);
  const SmoothMotion motion;
  const Se3 host = motion.Pose(0.3);
  const Se3 target = motion.Pose(0.9);
  const Eigen::Vector3d point(3, 0.4, -0.3);
  const Eigen::Vector3d in_host = (host * rig.cameras[0].T_body_camera).Inverse() * point;
  const Eigen::Vector3d in_target = (target * rig.cameras[1].T_body_camera).Inverse() * point;
  const Eigen::Vector2d ab = StereographicFromBearing(in_host.normalized());
  const std::array<double, 3> landmark = {ab.x(), ab.y(), 1 / in_host.norm()};
  FeatureObservation seen;
  seen.pixel = *rig.cameras[1].model->Project(in_target) + Eigen::Vector2d(0.5, 0);
  seen.covariance = 0.25 * Eigen::Matrix2d::Identity();
  const ReprojectionCost cost({rig.cameras[0], rig.cameras[1], seen});
  NavigationState a;
  NavigationState b;
  a.T_world_body = host;
  b.T_world_body = target;
  const StateBlocks host_blocks = ToBlocks(a);
  const StateBlocks target_blocks = ToBlocks(b);
  const double* blocks[] = {host_blocks.pose.data(), target_blocks.pose.data(), landmark.data()};
  Eigen::Vector2d residual;
  ASSERT_TRUE(cost.Evaluate(blocks, residual.data(), nullptr));
  EXPECT_NEAR(residual.x(), -1.0,
              1e-6);  // projected - observed, half a pixel at sigma = half a pixel
  EXPECT_NEAR(residual.y(), 0.0, 1e-6);
}

TEST(ReprojectionCost, SaysUnprojectableBehindTheCamera) {
  const Rig rig = ScenarioRig(1);
  const HostReprojectionCost cost({rig.cameras[0], rig.cameras[0], FeatureObservation{}});
  const std::array<double, 3> backwards = {5, 5, 1};  // beyond 90 degrees
  const double* blocks[] = {backwards.data()};
  Eigen::Vector2d residual;
  Eigen::Matrix<double, 2, 3, Eigen::RowMajor> J;
  double* jacobians[] = {J.data()};
  ASSERT_TRUE(cost.Evaluate(blocks, residual.data(), jacobians));
  EXPECT_EQ(residual.x(), kUnprojectable);
  EXPECT_EQ(J.norm(), 0);
}

TEST(StartCost, JacobiansAreNumericallyTrue) {
  StartBelief belief;
  belief.up_body = Eigen::Vector3d(0.3, -0.2, 0.8).normalized();
  const StartCost cost(belief);
  for (const Eigen::Vector3d& rotation : TestRotations()) {
    const StateBlocks state = MakeState(rotation, 5);
    ExpectTrueJacobians(cost, {state.pose.data(), state.motion.data()});
  }
}

TEST(GaugeCost, JacobiansAreNumericallyTrue) {
  const GaugeCost cost(Se3{so3::Exp({0.1, 0.2, -0.3}), Eigen::Vector3d(1, 2, 3)});
  for (const Eigen::Vector3d& rotation : TestRotations()) {
    const StateBlocks state = MakeState(rotation, 6);
    ExpectTrueJacobians(cost, {state.pose.data()}, 1e-5);
  }
}

TEST(ZeroVelocityCost, JacobiansAreNumericallyTrue) {
  const ZeroVelocityCost cost({0.01, -0.02, 0.03});
  const StateBlocks state = MakeState({0.3, -0.8, 0.5}, 12);
  ExpectTrueJacobians(cost, {state.pose.data(), state.motion.data()}, 1e-6);
}

TEST(ZeroVelocityCost, IsZeroAtRestWithTheGyrosBias) {
  const Eigen::Vector3d measured(0.01, -0.02, 0.03);
  NavigationState rest;
  rest.gyro_bias = measured;
  StateBlocks state = ToBlocks(rest);
  const double* blocks[] = {state.pose.data(), state.motion.data()};
  Eigen::Matrix<double, 6, 1> residual;
  const ZeroVelocityCost cost(measured);
  cost.Evaluate(blocks, residual.data(), nullptr);
  EXPECT_EQ(residual.norm(), 0);
  state.motion[0] = ZeroVelocityCost::kSpeedSigma;                 // one sigma each
  state.motion[4] -= 2 * ZeroVelocityCost::kAngularVelocitySigma;  // too small a bias: turning
  cost.Evaluate(blocks, residual.data(), nullptr);
  EXPECT_NEAR(residual[0], 1, 1e-12);
  EXPECT_NEAR(residual[4], 2, 1e-12);
}

TEST(StatePriorCost, JacobiansAreNumericallyTrue) {
  NormalSource noise(7);
  StatePrior prior;
  prior.linearisation = {MakeState({0.1, 0.2, 0.3}, 8), MakeState({-0.5, 0.4, 1.0}, 9)};
  prior.J = Eigen::MatrixXd(30, 30);
  for (double& value : prior.J.reshaped()) value = noise.Normal();
  prior.error = Eigen::VectorXd::Ones(30);
  const StatePriorCost cost(prior);
  for (const double away : {0.0, 1e-8, 0.3, 2.5}) {
    StateBlocks a = prior.linearisation[0];
    const Vector6d direction = (Vector6d() << 1, -2, 0.5, 0.4, 0.6, -0.5).finished();
    const Vector6d delta = away * direction;
    PoseToBlock(PoseFromBlock(a.pose.data()) * se3::Exp(delta), a.pose.data());
    a.motion[4] += away;
    const StateBlocks& b = prior.linearisation[1];
    ExpectTrueJacobians(cost, {a.pose.data(), a.motion.data(), b.pose.data(), b.motion.data()},
                        1e-5);
  }
}

}  // namespace
}  // namespace nightjar
