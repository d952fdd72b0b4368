// SPDX-License-Identifier: Apache-2.0
#include "fusion/inertial_scale.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "fusion/scenario.h"
#include "fusion/visual_inertial_estimator.h"

namespace nightjar {
namespace {

constexpr size_t kStep = 6;  // frames between keyframes: 0.3 s

struct Path {
  std::vector<Keyframe> keyframes;
  ImuBuffer imu;
  ImuNoise noise;
};

// The true poses of a scenario, positions wrong by a factor and by noise.
Path MakePath(const ScenarioOptions& options, double factor, double position_noise_m) {
  const Scenario scenario = MakeScenario(options);
  Path path;
  path.noise = scenario.rig.imu.noise;
  for (const ImuSample& sample : scenario.imu) path.imu.Add(sample);
  NormalSource normal(options.seed + 100);
  for (size_t k = 0; k < scenario.truth.size(); k += kStep) {
    Keyframe keyframe;
    keyframe.state = scenario.truth[k];
    Eigen::Vector3d& position = keyframe.state.T_world_body.translation;
    position = factor * position + position_noise_m * normal.Normal3();
    path.keyframes.push_back(keyframe);
  }
  return path;
}

std::optional<InertialScale> Measure(const Path& path) {
  return MeasureInertialScale(path.keyframes, path.imu, path.noise);
}

TEST(InertialScale, IsWhatAPathHasToBeMultipliedBy) {
  for (const double factor : {0.1, 0.77, 1.0, 1.3, 10.0}) {
    ScenarioOptions options;
    options.seconds = 8;
    const auto scale = Measure(MakePath(options, factor, 0.001 * factor));
    ASSERT_TRUE(scale) << factor;
    EXPECT_NEAR(scale->scale * factor, 1, 0.02) << factor;
    EXPECT_LT(scale->sigma * factor, 0.05) << factor;
    EXPECT_GT(scale->sigma, 0) << factor;
  }
}

TEST(InertialScale, SigmaIsTrue) {
  double sum = 0;
  constexpr int kRuns = 24;
  for (int seed = 1; seed <= kRuns; ++seed) {
    ScenarioOptions options;
    options.seconds = 8;
    options.seed = static_cast<uint64_t>(seed);
    const auto scale = Measure(MakePath(options, 1.3, 0.004));
    ASSERT_TRUE(scale);
    const double z = (scale->scale - 1 / 1.3) / scale->sigma;
    EXPECT_LT(std::abs(z), 4) << seed;
    sum += z * z;
  }
  // The mean of 24 squares of standard normal numbers is 1 with a sigma of 0.29.
  EXPECT_GT(sum / kRuns, 0.2);
  EXPECT_LT(sum / kRuns, 1.9);
}

TEST(InertialScale, ABodyThatStandsTellsNothing) {
  ScenarioOptions options;
  options.motion.amplitude.setZero();
  EXPECT_FALSE(Measure(MakePath(options, 1, 0.001)));
}

TEST(InertialScale, FewKeyframesTellNothing) {
  Path path = MakePath({}, 1, 0.001);
  path.keyframes.resize(9);  // seven in a row between the first and the last
  EXPECT_FALSE(Measure(path));
  path.keyframes.clear();
  EXPECT_FALSE(Measure(path));
}

TEST(InertialScale, SamplesThatAreMissingAreNotUsed) {
  Path path = MakePath({}, 1.3, 0.001);
  path.imu = {};
  EXPECT_FALSE(Measure(path));
}

// A wrong baseline: the two cameras are 11 cm apart and said to be 14.3.
TEST(InertialScale, FindsAWrongBaselineThatTheEstimatorBelieves) {
  ScenarioOptions options;
  options.seconds = 8;
  Scenario scenario = MakeScenario(options);
  Eigen::Vector3d& place = scenario.rig.cameras[1].T_body_camera.translation;
  place += 0.3 * (place - scenario.rig.cameras[0].T_body_camera.translation);
  VisualInertialEstimator estimator(scenario.rig, {});
  size_t next = 0;
  for (const FrameObservations& frame : scenario.frames) {
    while (next < scenario.imu.size() && scenario.imu[next].time <= frame.time)
      estimator.AddImu(scenario.imu[next++]);
    estimator.AddFrame(frame);
  }
  const auto solution = estimator.Finish();
  ASSERT_TRUE(solution) << solution.error().Message();
  ASSERT_TRUE(solution->inertial_scale);
  EXPECT_NEAR(solution->inertial_scale->scale, 1 / 1.3, 0.1);
  EXPECT_GT(1 - solution->inertial_scale->scale, 5 * solution->inertial_scale->sigma);
}

}  // namespace
}  // namespace nightjar
