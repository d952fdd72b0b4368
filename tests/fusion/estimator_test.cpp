// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "fusion/estimator_run.h"
#include "fusion/parameter_blocks.h"
#include "fusion/scenario.h"

namespace nightjar {
namespace {

int Count(const EstimatorRun& run, TrackingStatus status, size_t begin, size_t end) {
  int count = 0;
  for (size_t i = begin; i < end; ++i) count += run.causal[i].row.status == status;
  return count;
}

double PathLength(const std::vector<NavigationState>& states) {
  double length = 0;
  for (size_t i = 1; i < states.size(); ++i) {
    length += (states[i].T_world_body.translation - states[i - 1].T_world_body.translation).norm();
  }
  return length;
}

TEST(VisualInertialEstimator, FollowsAStereoScenarioInMotionFromTheFirstFrame) {
  const Scenario scenario = MakeScenario({});
  const EstimatorRun run = Estimate(scenario);
  ASSERT_EQ(run.causal.size(), scenario.frames.size());
  ASSERT_EQ(run.final.trajectory.size(), scenario.frames.size());
  const Errors causal = ErrorsOf(CausalStates(run), scenario.truth);
  const Errors final = ErrorsOf(FinalStates(run), scenario.truth);
  std::printf("causal %.4f m %.3f deg, final %.4f m %.3f deg\n", causal.position_rms,
              57.3 * causal.rotation_rms, final.position_rms, 57.3 * final.rotation_rms);
  EXPECT_LT(causal.position_rms, 0.015);
  EXPECT_LT(final.position_rms, 0.005);
  EXPECT_LT(final.rotation_rms, 0.003);
  EXPECT_GT(final.position_rms, 1e-4);  // half a pixel of noise cannot be better than this
  for (size_t i = 0; i < scenario.frames.size(); ++i) {
    EXPECT_EQ(run.final.trajectory[i].state.time, scenario.frames[i].time);
  }
  EXPECT_EQ(Count(run, TrackingStatus::kTracking, 20, run.causal.size()),
            static_cast<int>(run.causal.size()) - 20);
}

TEST(VisualInertialEstimator, StartsAtTheOriginWithUpUpAndXAhead) {
  const Scenario scenario = MakeScenario({.seconds = 1});
  const NavigationState first = Estimate(scenario).causal.front().row.state;
  EXPECT_LT(first.T_world_body.translation.norm(), 1e-9);
  const Eigen::Vector3d ahead = first.T_world_body.rotation * Eigen::Vector3d::UnitX();
  EXPECT_GT(ahead.x(), 0.9);
  EXPECT_NEAR(ahead.y(), 0, 1e-9);
  const Eigen::Vector3d up_body =
      first.T_world_body.rotation.conjugate() * Eigen::Vector3d::UnitZ();
  const Eigen::Vector3d true_up_body =
      scenario.truth.front().T_world_body.rotation.conjugate() * Eigen::Vector3d::UnitZ();
  EXPECT_LT(std::acos(up_body.dot(true_up_body)), 0.3);  // one sigma of what is believed of it
}

TEST(VisualInertialEstimator, EstimatesBiasesAndVelocity) {
  const Scenario scenario = MakeScenario({.seconds = 8});
  const EstimatorRun run = Estimate(scenario);
  const NavigationState& estimate = run.final.keyframes.back().state;
  const NavigationState& truth = scenario.truth.back();
  EXPECT_LT((estimate.gyro_bias - truth.gyro_bias).norm(), 0.003);
  EXPECT_LT((estimate.accelerometer_bias - truth.accelerometer_bias).norm(), 0.06);
  EXPECT_NEAR(estimate.velocity_world.norm(), truth.velocity_world.norm(), 0.03);
}

TEST(VisualInertialEstimator, IsCausalToTheLastBit) {
  Scenario scenario = MakeScenario({.seconds = 3});
  const EstimatorRun whole = Estimate(scenario);
  scenario.frames.resize(30);
  scenario.truth.resize(30);
  const EstimatorRun cut = Estimate(scenario);
  for (size_t i = 0; i < cut.causal.size(); ++i) {
    const StateBlocks a = ToBlocks(whole.causal[i].row.state);
    const StateBlocks b = ToBlocks(cut.causal[i].row.state);
    EXPECT_EQ(a.pose, b.pose) << "frame " << i;
    EXPECT_EQ(a.motion, b.motion) << "frame " << i;
    EXPECT_EQ(whole.causal[i].row.status, cut.causal[i].row.status);
  }
}

TEST(VisualInertialEstimator, StandsOutliers) {
  const Scenario scenario = MakeScenario({.outlier_share = 0.1});
  const EstimatorRun run = Estimate(scenario);
  EXPECT_LT(ErrorsOf(CausalStates(run), scenario.truth).position_rms, 0.03);
  EXPECT_LT(ErrorsOf(FinalStates(run), scenario.truth).position_rms, 0.015);
}

TEST(VisualInertialEstimator, DeadReckonsThroughASecondOfDarknessAndSaysSo) {
  Scenario scenario = MakeScenario({});
  for (size_t i = 60; i < 80; ++i) scenario.frames[i].features.clear();
  const EstimatorRun run = Estimate(scenario);
  EXPECT_EQ(Count(run, TrackingStatus::kTracking, 60, 80), 0);
  EXPECT_EQ(
      Count(run, TrackingStatus::kDeadReckoned, 60, 80) + Count(run, TrackingStatus::kLost, 60, 80),
      20);
  // The tracks return under the same numbers and are landmarks again with the next keyframe.
  EXPECT_GT(Count(run, TrackingStatus::kTracking, 85, run.causal.size()), 30);
  for (size_t i = 60; i < 80; ++i) {
    EXPECT_FALSE(run.causal[i].health.reason.empty());
    EXPECT_EQ(run.causal[i].health.inliers, 0);
  }
  EXPECT_GT(run.causal[79].health.position_drift_sigma_m,
            run.causal[61].health.position_drift_sigma_m);
  EXPECT_LT(ErrorsOf(CausalStates(run), scenario.truth).position_rms, 0.1);
  EXPECT_LT(ErrorsOf(FinalStates(run), scenario.truth).position_rms, 0.05);
}

TEST(VisualInertialEstimator, SaysLostWhenNothingIsEverSeen) {
  Scenario scenario = MakeScenario({.seconds = 3});
  for (FrameObservations& frame : scenario.frames) frame.features.clear();
  VisualInertialEstimator estimator(scenario.rig, ExactNoise());
  for (const ImuSample& sample : scenario.imu) {
    if (sample.time <= scenario.frames.front().time) estimator.AddImu(sample);
  }
  size_t usable = 0;
  for (const FrameObservations& frame : scenario.frames) {
    usable += QualityScore(estimator.AddFrame(frame).row.status) > 0;
  }
  EXPECT_EQ(usable, 0u);
}

TEST(VisualInertialEstimator, CallsAGapInTheImuDegraded) {
  Scenario scenario = MakeScenario({});
  const SensorTime begin = scenario.frames[60].time;
  std::erase_if(scenario.imu, [begin](const ImuSample& sample) {
    return sample.time > begin && sample.time < begin + FromSeconds(0.5);
  });
  const EstimatorRun run = Estimate(scenario);
  EXPECT_EQ(Count(run, TrackingStatus::kTracking, 63, 70), 0);
  EXPECT_LT(ErrorsOf(CausalStates(run), scenario.truth).position_rms, 0.1);
}

TEST(VisualInertialEstimator, SurvivesASparseAndIrregularFrameRate) {
  Scenario scenario = MakeScenario({.seconds = 8});
  Scenario sparse = scenario;
  sparse.frames.clear();
  sparse.truth.clear();
  for (size_t i = 0; i < scenario.frames.size(); ++i) {
    if (i % 7 == 3 || i % 5 == 0) {
      sparse.frames.push_back(scenario.frames[i]);
      sparse.truth.push_back(scenario.truth[i]);
    }
  }
  const EstimatorRun run = Estimate(sparse);
  EXPECT_LT(ErrorsOf(CausalStates(run), sparse.truth).position_rms, 0.04);
  EXPECT_LT(ErrorsOf(FinalStates(run), sparse.truth).position_rms, 0.01);
}

TEST(VisualInertialEstimator, TellsTheScaleOfOneCameraFromTheImu) {
  for (const uint64_t seed : {1, 2, 3}) {
    const Scenario scenario = MakeScenario({.seconds = 6, .cameras = 1, .seed = seed});
    const EstimatorRun run = Estimate(scenario);
    EXPECT_EQ(run.causal.front().row.status, TrackingStatus::kWaiting);
    EXPECT_FALSE(run.causal.front().health.reason.empty());
    EXPECT_EQ(Count(run, TrackingStatus::kTracking, 44, run.causal.size()),
              static_cast<int>(run.causal.size()) - 44);
    EXPECT_LT(ErrorsOf(FinalStates(run), scenario.truth).position_rms, 0.03);
    EXPECT_NEAR(PathLength(FinalStates(run)) / PathLength(scenario.truth), 1, 0.02);
  }
}

// The sigma of the scale is the only thing that tells a user of one camera whether to believe it.
TEST(VisualInertialEstimator, TheSigmaOfTheScaleOfOneCameraIsTrue) {
  std::vector<double> ratios;
  for (uint64_t seed = 1; seed <= 12; ++seed) {
    const Scenario scenario = MakeScenario({.seconds = 1.5, .cameras = 1, .seed = seed});
    const EstimatorRun run = Estimate(scenario);
    const FrameEstimate& last = run.causal.back();
    if (last.row.status != TrackingStatus::kTracking) continue;
    const double speed = last.row.state.velocity_world.norm();
    const double true_speed = scenario.truth.back().velocity_world.norm();
    ratios.push_back((speed / true_speed - 1) / last.health.scale_sigma);
  }
  ASSERT_GE(ratios.size(), 8u);
  double square = 0;
  for (const double ratio : ratios) square += ratio * ratio / static_cast<double>(ratios.size());
  std::printf("error of the scale in its sigmas, RMS: %.2f of %zu\n", std::sqrt(square),
              ratios.size());
  EXPECT_LT(std::sqrt(square), 2);
  EXPECT_GT(std::sqrt(square), 0.3);
}

TEST(VisualInertialEstimator, OneCameraThatNeverMovesIsNeverCalledTracking) {
  const Scenario scenario =
      MakeScenario({.seconds = 4, .cameras = 1, .motion = {.rest_until_s = 100}});
  VisualInertialEstimator estimator(scenario.rig, ExactNoise());
  for (const ImuSample& sample : scenario.imu) {
    if (sample.time <= scenario.frames.front().time) estimator.AddImu(sample);
  }
  auto next = std::find_if(scenario.imu.begin(), scenario.imu.end(), [&](const ImuSample& sample) {
    return sample.time > scenario.frames.front().time;
  });
  for (const FrameObservations& frame : scenario.frames) {
    while (next != scenario.imu.end() && next->time <= frame.time) estimator.AddImu(*next++);
    const FrameEstimate estimate = estimator.AddFrame(frame);
    const Duration since_first = frame.time - scenario.frames.front().time;
    if (since_first > FromSeconds(0.3) && since_first < FromSeconds(0.6)) continue;
    const bool told = since_first > FromSeconds(0.5);
    EXPECT_EQ(estimate.row.status, told ? TrackingStatus::kInitialising : TrackingStatus::kWaiting);
    EXPECT_LT(estimate.row.state.T_world_body.translation.norm(), 1e-3);
    if (frame.time == scenario.frames.back().time) {
      EXPECT_NE(estimate.health.reason.find("standing still"), std::string::npos);
      EXPECT_LT((estimate.row.state.gyro_bias - scenario.truth.back().gyro_bias).norm(), 0.02);
    }
  }
  const auto final = estimator.Finish();
  ASSERT_FALSE(final.has_value());
  EXPECT_EQ(final.error().kind, ErrorKind::kNoAnswer);
}

class StandingStart : public testing::TestWithParam<int> {};

TEST_P(StandingStart, BecomesMotionWithoutAJump) {
  const Scenario scenario = MakeScenario(
      {.seconds = 8, .cameras = GetParam(), .motion = {.rest_until_s = 6}});  // 3 s of standing
  const EstimatorRun run = Estimate(scenario);
  EXPECT_EQ(run.causal[30].row.status,
            GetParam() == 2 ? TrackingStatus::kTracking : TrackingStatus::kInitialising);
  EXPECT_LT(run.causal[50].row.state.T_world_body.translation.norm(), 0.005);
  EXPECT_EQ(Count(run, TrackingStatus::kTracking, 110, run.causal.size()),
            static_cast<int>(run.causal.size()) - 110);
  EXPECT_LT(ErrorsOf(CausalStates(run), scenario.truth).position_rms, 0.04);
  EXPECT_LT(ErrorsOf(FinalStates(run), scenario.truth).position_rms, 0.02);
}

INSTANTIATE_TEST_SUITE_P(Cameras, StandingStart, testing::Values(1, 2));

TEST(VisualInertialEstimator, GoesOnWithOneCameraOnceStereoHasFixedTheScale) {
  Scenario scenario = MakeScenario({.seconds = 6});
  for (size_t i = 60; i < scenario.frames.size(); ++i) {
    std::erase_if(scenario.frames[i].features, [](const auto& seen) { return seen.camera == 1; });
  }
  const EstimatorRun run = Estimate(scenario);
  EXPECT_EQ(run.causal.back().row.status, TrackingStatus::kTracking);
  EXPECT_LT(ErrorsOf(CausalStates(run), scenario.truth).position_rms, 0.03);
}

TEST(VisualInertialEstimator, WaitsForTheFirstInertialSample) {
  Scenario scenario = MakeScenario({.seconds = 4});
  const SensorTime first = scenario.frames[5].time;
  std::erase_if(scenario.imu, [first](const ImuSample& sample) { return sample.time < first; });
  const EstimatorRun run = Estimate(scenario);
  ASSERT_EQ(run.final.trajectory.size(), scenario.frames.size());
  EXPECT_EQ(Count(run, TrackingStatus::kLost, 0, 5), 5);
  EXPECT_EQ(run.final.trajectory[2].status, TrackingStatus::kLost);
  EXPECT_GT(Count(run, TrackingStatus::kTracking, 0, run.causal.size()), 30);
}

TEST(VisualInertialEstimator, HasNoAnswerWithoutInertialSamples) {
  const Scenario scenario = MakeScenario({.seconds = 1});
  VisualInertialEstimator estimator(scenario.rig, ExactNoise());
  for (const FrameObservations& frame : scenario.frames) {
    EXPECT_EQ(estimator.AddFrame(frame).row.status, TrackingStatus::kLost);
  }
  const auto final = estimator.Finish();
  ASSERT_FALSE(final.has_value());
  EXPECT_EQ(final.error().kind, ErrorKind::kNoAnswer);
}

TEST(VisualInertialEstimator, DoesNotCallAHandfulOfFramesTracking) {
  const Scenario scenario = MakeScenario({.seconds = 0.15});
  const EstimatorRun run = Estimate(scenario);
  for (const TrajectoryRow& row : run.final.trajectory) {
    EXPECT_EQ(row.status, TrackingStatus::kInitialising);
  }
}

TEST(VisualInertialEstimator, DoesNotVouchForAnAccelerometerInTheWrongUnit) {
  Scenario scenario = MakeScenario({.seconds = 4});
  for (ImuSample& sample : scenario.imu) sample.specific_force_body /= 9.81;  // in g
  const EstimatorRun run = Estimate(scenario);
  EXPECT_EQ(Count(run, TrackingStatus::kTracking, 20, run.causal.size()), 0);
  EXPECT_NE(run.causal.back().health.reason.find("units"), std::string::npos)
      << run.causal.back().health.reason;
}

// States as they lie to the first of [from, to).
std::vector<NavigationState> Part(const std::vector<NavigationState>& states, size_t from,
                                  size_t to) {
  return {states.begin() + static_cast<std::ptrdiff_t>(from),
          states.begin() + static_cast<std::ptrdiff_t>(to)};
}

void ExpectTwoMaps(const EstimatorRun& run, const Scenario& scenario, size_t second) {
  ASSERT_EQ(run.final.trajectory.size(), scenario.frames.size());
  for (size_t i = 0; i < run.causal.size(); ++i) {
    EXPECT_EQ(run.causal[i].row.map, i < second ? 0 : 1) << i;
    EXPECT_EQ(run.final.trajectory[i].map, run.causal[i].row.map);
  }
  EXPECT_EQ(run.final.keyframes.front().map, 0);
  EXPECT_EQ(run.final.keyframes.back().map, 1);
  EXPECT_EQ(run.final.landmarks.back().map, 1);
  // Each map has a gauge of its own.
  for (size_t k = 1; k < run.final.keyframes.size(); ++k) {
    if (run.final.keyframes[k].map == run.final.keyframes[k - 1].map) continue;
    EXPECT_LT(run.final.keyframes[k].covariance.diagonal().head<3>().maxCoeff(), 1e-9);
  }
}

// A recorder that was switched off and on again: everything after 3 s comes later.
class Pause : public testing::TestWithParam<double> {};

TEST_P(Pause, BeginsAnotherMap) {
  Scenario scenario = MakeScenario({.seconds = 8});
  const SensorTime begin = scenario.frames[60].time;
  const Duration pause = FromSeconds(GetParam());
  for (ImuSample& sample : scenario.imu) sample.time += sample.time > begin ? pause : Duration(0);
  for (size_t i = 61; i < scenario.frames.size(); ++i) {
    scenario.frames[i].time += pause;
    scenario.truth[i].time += pause;
    for (FeatureObservation& seen : scenario.frames[i].features) seen.track += 1000;
  }
  const EstimatorRun run = Estimate(scenario);
  ExpectTwoMaps(run, scenario, 61);
  // Each part is right in itself, seen from its own first frame.
  const auto final = FinalStates(run);
  EXPECT_LT(ErrorsOf(Part(final, 0, 61), Part(scenario.truth, 0, 61)).position_rms, 0.03);
  EXPECT_LT(ErrorsOf(Part(final, 70, 160), Part(scenario.truth, 70, 160)).position_rms, 0.05);
}

INSTANTIATE_TEST_SUITE_P(Lengths, Pause, testing::Values(2.5, 20.0, 3600.0, 3e7));

TEST(VisualInertialEstimator, BeginsAnotherMapAfterTooLongInTheDark) {
  Scenario scenario = MakeScenario({.seconds = 14});
  for (size_t i = 60; i < 200; ++i) scenario.frames[i].features.clear();  // 7 s
  const EstimatorRun run = Estimate(scenario);
  EXPECT_EQ(run.causal[199].row.status, TrackingStatus::kLost);
  ExpectTwoMaps(run, scenario, 200);
  EXPECT_GT(Count(run, TrackingStatus::kTracking, 215, run.causal.size()), 60);
  const auto final = FinalStates(run);
  EXPECT_LT(ErrorsOf(Part(final, 205, 280), Part(scenario.truth, 205, 280)).position_rms, 0.03);
  // It goes on from where the inertial samples put it, level.
  EXPECT_LT((run.causal[200].row.state.T_world_body.translation -
             run.causal[199].row.state.T_world_body.translation)
                .norm(),
            0.1);
}

TEST(VisualInertialEstimator, SurvivesAnInertialUnitThatSaysNothing) {
  Scenario scenario = MakeScenario({.seconds = 2});
  for (ImuSample& sample : scenario.imu) {
    sample.specific_force_body.setZero();
    sample.angular_velocity_body.setZero();
  }
  const EstimatorRun run = Estimate(scenario);
  EXPECT_EQ(Count(run, TrackingStatus::kTracking, 5, run.causal.size()), 0);
}

}  // namespace
}  // namespace nightjar
