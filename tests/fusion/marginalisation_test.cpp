// SPDX-License-Identifier: Apache-2.0
#include "fusion/marginalisation.h"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <Eigen/SVD>
#include <cmath>

#include "core/so3.h"
#include "fusion/imu_cost.h"
#include "fusion/landmark_creation.h"
#include "fusion/scenario.h"
#include "fusion/window_factors.h"
#include "fusion/window_reduction.h"

namespace nightjar {
namespace {

// |J dx + r|^2 over neighbouring states, the first of them `state`.
NormalEquations Over(const Eigen::MatrixXd& J, const Eigen::VectorXd& r, int state) {
  NormalEquations equations;
  equations.H = J.transpose() * J;
  equations.b = J.transpose() * r;
  equations.spans = {{kStateTangentSize * state, 0, static_cast<int>(J.cols())}};
  return equations;
}

// One random factor between each state and the next.
struct RandomFactors {
  std::vector<Eigen::MatrixXd> J;
  std::vector<Eigen::VectorXd> r;

  RandomFactors(int states, uint64_t seed) {
    NormalSource noise(seed);
    for (int s = 0; s + 1 < states; ++s) {
      J.emplace_back(40, 2 * kStateTangentSize);
      for (double& value : J.back().reshaped()) value = noise.Normal();
      r.emplace_back(40);
      for (double& value : r.back()) value = noise.Normal();
    }
  }
  NormalEquations At(size_t factor, int state) const { return Over(J[factor], r[factor], state); }
};

LinearSystem RandomLinearSystem(int states, uint64_t seed) {
  const RandomFactors factors(states, seed);
  LinearSystem system(kStateTangentSize * states);
  for (int s = 0; s + 1 < states; ++s) system.Add(factors.At(static_cast<size_t>(s), s));
  return system;
}

TEST(Marginalise, GivesTheSolutionAndTheCovarianceOfTheFullLinearProblem) {
  const LinearSystem system = RandomLinearSystem(4, 3);
  const Eigen::VectorXd full = -system.H().ldlt().solve(system.b());
  const Eigen::MatrixXd full_covariance = system.H().inverse();

  const StatePrior prior = Marginalise(system, kStateTangentSize, std::vector<StateBlocks>(3), {});
  const auto kept = 3 * kStateTangentSize;
  const Eigen::MatrixXd H = prior.J.transpose() * prior.J;
  const Eigen::VectorXd reduced = -H.ldlt().solve(prior.J.transpose() * prior.error);
  EXPECT_LT((reduced - full.tail(kept)).norm(), 1e-9 * full.norm());
  EXPECT_LT((H.inverse() - full_covariance.bottomRightCorner(kept, kept)).norm(),
            1e-8 * full_covariance.norm());
}

TEST(Marginalise, ManyInSequenceEqualTheFullLinearProblem) {
  constexpr int kStates = 30;
  constexpr auto kNewest = 2 * kStateTangentSize;
  const LinearSystem system = RandomLinearSystem(kStates, 5);
  const Eigen::VectorXd full = -system.H().ldlt().solve(system.b());
  const Eigen::MatrixXd covariance = system.H().inverse().bottomRightCorner<kNewest, kNewest>();

  // A window of three states, of which the oldest leaves each time: all that is known of the first
  // 28 has gone through 28 priors.
  const RandomFactors factors(kStates, 5);
  StatePrior prior;
  for (size_t oldest = 0; oldest + 2 < kStates; ++oldest) {
    LinearSystem window(3 * kStateTangentSize);
    if (oldest == 0) window.Add(factors.At(0, 0));
    if (oldest > 0) window.Add(Over(prior.J, prior.error, 0));
    window.Add(factors.At(oldest + 1, 1));
    prior = Marginalise(window, kStateTangentSize, std::vector<StateBlocks>(2), {});
  }
  const Eigen::MatrixXd H = prior.J.transpose() * prior.J;
  const Eigen::VectorXd last = -H.ldlt().solve(prior.J.transpose() * prior.error);
  EXPECT_LT((last - full.tail<kNewest>()).norm(), 1e-9 * full.tail<kNewest>().norm());
  EXPECT_LT((H.inverse() - covariance).norm(), 1e-9 * covariance.norm());
  // And the older states matter: what the last factor alone says is something else.
  LinearSystem alone(kNewest);
  alone.Add(factors.At(kStates - 2, 0));
  EXPECT_GT((alone.H().inverse() - covariance).norm(), 0.1 * covariance.norm());
}

TEST(Marginalise, KeepsInformationOfADroppedStateThatNothingDetermines) {
  // The dropped state is seen by one factor of three rows only: its 15 columns are rank deficient.
  LinearSystem system(2 * kStateTangentSize);
  Eigen::MatrixXd J = Eigen::MatrixXd::Zero(3, 2 * kStateTangentSize);
  J.leftCols<3>().setIdentity();
  J.block<3, 3>(0, kStateTangentSize) = -Eigen::Matrix3d::Identity();
  system.Add({{{0, 0, 2 * kStateTangentSize}}, J.transpose() * J, Eigen::VectorXd::Zero(J.cols())});
  const StatePrior prior = Marginalise(system, kStateTangentSize, std::vector<StateBlocks>(1), {});
  EXPECT_TRUE(prior.J.allFinite());
  EXPECT_LT(prior.J.norm(), 1e-6);  // a free state transmits nothing
}

// A window over the first frames of a scenario, at the truth.
class WindowOnTruth {
 public:
  explicit WindowOnTruth(const Scenario& scenario) : scenario_(scenario) {
    for (const ImuSample& sample : scenario.imu) imu_.Add(sample);
  }

  void Append(size_t frame) {
    WindowState state;
    state.id = static_cast<int64_t>(frame);
    state.time = scenario_.truth[frame].time;
    NavigationState value = scenario_.truth[frame];
    // Off the truth, so that residuals and the difference to first estimates are not zero.
    value.T_world_body.translation += 0.01 * noise_.Normal3();
    value.T_world_body.rotation = value.T_world_body.rotation * so3::Exp(0.005 * noise_.Normal3());
    state.value = ToBlocks(value);
    state.keyframe = true;
    state.features = scenario_.frames[frame].features;
    if (!window.states.empty()) {
      state.from_previous = std::make_shared<ImuPreintegration>(
          Preintegrate(imu_.Between(window.states.back().time, state.time), scenario_.rig.imu.noise,
                       value.gyro_bias, value.accelerometer_bias));
      for (const FeatureObservation& seen : state.features) {
        const auto landmark = window.landmarks.find(seen.track);
        if (landmark != window.landmarks.end()) {
          landmark->second.observations.push_back({state.id, seen});
        }
      }
    }
    window.states.push_back(std::move(state));
    CreateLandmarks(window, scenario_.rig, window.states.back().id);
  }

  // Moves all values, as a solve would: the first estimates must not move along.
  void Jiggle() {
    for (WindowState& state : window.states) {
      Vector6d delta;
      delta << 2e-3 * noise_.Normal3(), 1e-3 * noise_.Normal3();
      PoseToBlock(PoseFromBlock(state.value.pose.data()) * se3::Exp(delta),
                  state.value.pose.data());
      for (double& value : state.value.motion) value += 1e-3 * noise_.Normal();
    }
  }

  Window window;

 private:
  const Scenario& scenario_;
  ImuBuffer imu_;
  NormalSource noise_{11};
};

TEST(MarginaliseKeyframe, LeavesExactlyPositionAndYawUnobservedAfterAHundredTimes) {
  const Scenario scenario = MakeScenario({.seconds = 11, .landmarks = 120, .seed = 4});
  WindowOnTruth on_truth(scenario);
  Window& window = on_truth.window;
  const size_t size = 6;
  for (size_t frame = 0; frame < size; ++frame) on_truth.Append(2 * frame);
  for (size_t frame = size; frame < size + 100; ++frame) {
    on_truth.Append(2 * frame);
    on_truth.Jiggle();
    // Now the oldest, now one in the middle.
    const size_t dropped = frame % 3 == 0 ? 2 : 0;
    MarginaliseKeyframe(window, scenario.rig, window.states[dropped].id, 1.5);
  }
  ASSERT_TRUE(window.prior.has_value());
  const Eigen::MatrixXd& J = window.prior->J;
  ASSERT_EQ(J.cols(), static_cast<Eigen::Index>(kStateTangentSize * window.prior_states.size()));

  // The four directions, in the tangent space of the linearisation points.
  Eigen::MatrixXd gauge = Eigen::MatrixXd::Zero(J.cols(), 4);
  for (size_t s = 0; s < window.prior->linearisation.size(); ++s) {
    const NavigationState at = FromBlocks(SensorTime(), window.prior->linearisation[s]);
    const Eigen::Matrix3d R = at.T_world_body.RotationMatrix();
    const auto row = kStateTangentSize * static_cast<Eigen::Index>(s);
    gauge.block<3, 3>(row, 0) = R.transpose();
    gauge.block<3, 1>(row, 3) =
        R.transpose() * Eigen::Vector3d::UnitZ().cross(at.T_world_body.translation);
    gauge.block<3, 1>(row + 3, 3) = R.transpose() * Eigen::Vector3d::UnitZ();
    gauge.block<3, 1>(row + 6, 3) = Eigen::Vector3d::UnitZ().cross(at.velocity_world);
  }
  // A keyframe that only landmarks tie to the prior has no say in it about its motion: whole
  // columns are zero, by structure and not by rounding. The others in units of their own
  // information, so that none is negligible.
  std::vector<int> informed;
  for (Eigen::Index c = 0; c < J.cols(); ++c) {
    if (J.col(c).norm() > 0) informed.push_back(static_cast<int>(c));
  }
  EXPECT_EQ((J.cols() - static_cast<Eigen::Index>(informed.size())) % kMotionSize, 0);
  const Eigen::MatrixXd used = J(Eigen::all, informed);
  const Eigen::VectorXd scale = used.colwise().norm();
  const Eigen::MatrixXd scaled = used * scale.cwiseInverse().asDiagonal();
  Eigen::MatrixXd null = scale.asDiagonal() * gauge(informed, Eigen::all);
  null.colwise().normalize();
  EXPECT_LT((scaled * null).colwise().norm().maxCoeff(), 1e-6);

  const Eigen::VectorXd singular = scaled.jacobiSvd().singularValues();
  const auto n = singular.size();
  EXPECT_LT(singular[n - 4], 1e-9 * singular[0]);
  EXPECT_GT(singular[n - 5], 1e-5 * singular[0]);
  std::printf("smallest singular values: %g | %g; gauge directions: %g\n",
              singular[n - 4] / singular[0], singular[n - 5] / singular[0],
              (scaled * null).colwise().norm().maxCoeff());
}

// Marginalise takes the gauge out, so a wrong linearisation point would not show above: here it
// would.
TEST(WindowFactors, SeeNeitherPositionNorYawAtFirstEstimates) {
  const Scenario scenario = MakeScenario({.seconds = 4, .landmarks = 120, .seed = 5});
  WindowOnTruth on_truth(scenario);
  Window& window = on_truth.window;
  for (size_t frame = 0; frame < 7; ++frame) on_truth.Append(2 * frame);
  MarginaliseKeyframe(window, scenario.rig, window.states.front().id, 1.5);
  on_truth.Append(14);
  on_truth.Jiggle();  // away from the first estimates
  const WindowFactors factors(window, scenario.rig, 1.5);
  std::vector<int> columns;
  std::vector<StateBlocks> first_estimates;
  std::vector<StateBlocks> values;
  for (const WindowState& state : window.states) {
    columns.push_back(kStateTangentSize * static_cast<int>(columns.size()));
    first_estimates.push_back(state.linearisation.value_or(state.value));
    values.push_back(state.value);
  }
  LinearSystem system(kStateTangentSize * static_cast<int>(columns.size()));
  for (const auto& factor : factors.state_factors()) {
    system.Add(factors.Linear(factor, columns, true));
  }
  for (const auto& landmark : factors.landmarks()) {
    system.Add(factors.Linear(landmark, columns, true));
  }
  // What is left of n' H n, relative to what cancels in it.
  const auto seen = [&](const std::vector<StateBlocks>& at) {
    double largest = 0;
    const Eigen::MatrixXd directions = GaugeDirections(at);
    for (const auto& n : directions.colwise()) {
      const double cancelled = n.cwiseAbs().dot(system.H().cwiseAbs() * n.cwiseAbs());
      largest = std::max(largest, std::sqrt(std::abs(n.dot(system.H() * n)) / cancelled));
    }
    return largest;
  };
  std::printf("gauge seen at first estimates: %g, at the values: %g\n", seen(first_estimates),
              seen(values));
  EXPECT_LT(seen(first_estimates), 1e-7);
  EXPECT_GT(seen(values), 1e-5);  // the check can tell: at any other point they do see it
}

TEST(MarginaliseKeyframe, UsesNoMeasurementTwice) {
  const Scenario scenario = MakeScenario({.seconds = 3, .landmarks = 80});
  WindowOnTruth on_truth(scenario);
  Window& window = on_truth.window;
  for (size_t frame = 0; frame < 6; ++frame) on_truth.Append(4 * frame);
  const auto id = window.states.front().id;
  std::vector<uint64_t> hosted;
  for (const auto& [track, landmark] : window.landmarks) {
    if (landmark.host_state == id) hosted.push_back(track);
  }
  ASSERT_FALSE(hosted.empty());
  MarginaliseKeyframe(window, scenario.rig, id, 1.5);
  EXPECT_EQ(window.states.size(), 5u);
  EXPECT_EQ(window.states.front().from_previous, nullptr);
  for (const uint64_t track : hosted) {
    EXPECT_FALSE(window.landmarks.contains(track));
    for (size_t s = 0; s + 1 < window.states.size(); ++s) {
      for (const FeatureObservation& seen : window.states[s].features) EXPECT_NE(seen.track, track);
    }
  }
  for (const auto& [track, landmark] : window.landmarks) {
    for (const LandmarkObservation& seen : landmark.observations) EXPECT_NE(seen.state, id);
  }
}

}  // namespace
}  // namespace nightjar
