// SPDX-License-Identifier: Apache-2.0
#include "fusion/motion_start.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string>
#include <vector>

#include "core/so3.h"
#include "fusion/gravity_alignment.h"
#include "fusion/gyro_bias_from_tracks.h"
#include "fusion/scenario.h"
#include "fusion/start_belief.h"
#include "fusion/start_frames.h"

namespace nightjar {
namespace {

// Every second frame of a scenario's first second, and all inertial samples.
struct Beginning {
  explicit Beginning(const Scenario& s, size_t frames = 11) : scenario(s) {
    for (const ImuSample& sample : scenario.imu) imu.Add(sample);
    for (size_t k = 0; k < frames; ++k) {
      start_frames.push_back(
          MakeStartFrame(static_cast<int64_t>(k), scenario.frames[2 * k], scenario.rig));
    }
  }
  std::vector<ImuPreintegration> Intervals(const Eigen::Vector3d& gyro_bias,
                                           const Eigen::Vector3d& accelerometer_bias) const {
    return PreintegrateBetween(start_frames, imu, gyro_bias, accelerometer_bias);
  }

  Scenario scenario;
  ImuBuffer imu;
  std::vector<StartFrame> start_frames;
};

ScenarioOptions Exact() {
  return {.seconds = 2, .cameras = 1, .pixel_noise = 0, .imu_noise = false};
}

TEST(GyroBiasFromTracks, IsExactWithoutNoise) {
  const Beginning beginning(MakeScenario(Exact()));
  const auto bias = GyroBiasFromTracks(
      beginning.start_frames, beginning.Intervals(Eigen::Vector3d::Zero(), Eigen::Vector3d::Zero()),
      0.3);
  ASSERT_TRUE(bias.has_value());
  const Eigen::Vector3d expected = beginning.scenario.truth.front().gyro_bias;
  EXPECT_LT((*bias - expected).norm(), 2e-4) << bias->transpose();
}

TEST(GyroBiasFromTracks, StandsNoiseAndOutliers) {
  for (const uint64_t seed : {1, 2, 3}) {
    const Beginning beginning(MakeScenario({.seconds = 2,
                                            .cameras = 1,
                                            .outlier_share = 0.1,
                                            .gyro_bias = {0.05, -0.08, 0.1},
                                            .seed = seed}));
    const auto bias = GyroBiasFromTracks(
        beginning.start_frames,
        beginning.Intervals(Eigen::Vector3d::Zero(), Eigen::Vector3d::Zero()), 0.3);
    ASSERT_TRUE(bias.has_value());
    const Eigen::Vector3d expected = beginning.scenario.truth.front().gyro_bias;
    EXPECT_LT((*bias - expected).norm(), 0.03) << bias->transpose();
  }
}

TEST(GyroBiasFromTracks, RefusesABiasThatNoGyroHas) {
  const Beginning beginning(MakeScenario({.seconds = 2,
                                          .cameras = 1,
                                          .pixel_noise = 0,
                                          .imu_noise = false,
                                          .gyro_bias = {0.2, 0.3, -0.4}}));
  EXPECT_FALSE(GyroBiasFromTracks(
      beginning.start_frames, beginning.Intervals(Eigen::Vector3d::Zero(), Eigen::Vector3d::Zero()),
      0.3));
}

TEST(GyroBiasFromTracks, SaysNothingOfTooFewFeatures) {
  ScenarioOptions options = Exact();
  options.landmarks = 12;
  const Beginning beginning(MakeScenario(options));
  EXPECT_FALSE(GyroBiasFromTracks(
      beginning.start_frames, beginning.Intervals(Eigen::Vector3d::Zero(), Eigen::Vector3d::Zero()),
      0.3));
}

TEST(AlignGravity, IsExactWithoutNoiseAtTheTrueBiases) {
  for (const int cameras : {1, 2}) {
    ScenarioOptions options = Exact();
    options.cameras = cameras;
    const Beginning beginning(MakeScenario(options));
    const NavigationState& truth = beginning.scenario.truth.front();
    const auto intervals = beginning.Intervals(truth.gyro_bias, truth.accelerometer_bias);
    const auto alignment = AlignGravity(beginning.scenario.rig, beginning.start_frames, intervals);
    ASSERT_TRUE(alignment.has_value());
    const Eigen::Quaterniond R_body_world = truth.T_world_body.rotation.conjugate();
    EXPECT_LT((alignment->velocity_body - R_body_world * truth.velocity_world).norm(), 0.01);
    EXPECT_LT((alignment->gravity_body - R_body_world * kGravityWorld).norm(), 0.03);
    EXPECT_LT(alignment->bearing_rms_rad, 1e-4);

    const auto states =
        StatesFromAlignment(*alignment, beginning.start_frames, intervals, truth.T_world_body);
    ASSERT_EQ(states.size(), beginning.start_frames.size());
    const NavigationState& last = beginning.scenario.truth[2 * (states.size() - 1)];
    EXPECT_EQ(states.back().time, last.time);
    EXPECT_LT((states.back().T_world_body.translation - last.T_world_body.translation).norm(),
              0.01);
    EXPECT_LT((states.back().velocity_world - last.velocity_world).norm(), 0.02);
    EXPECT_LT(so3::Log(states.back().T_world_body.rotation.conjugate() * last.T_world_body.rotation)
                  .norm(),
              0.005);
  }
}

// Across a pause the body may have been laid down anyhow.
TEST(BelieveFromImu, TakesUpFromAfterTheLastGap) {
  ImuBuffer imu;
  const auto add = [&imu](double from_s, double to_s, const Eigen::Vector3d& force) {
    for (double t = from_s; t < to_s; t += 0.005) {
      imu.Add({FromNanoseconds(0) + FromSeconds(t), Eigen::Vector3d::Zero(), force});
    }
  };
  add(1, 2, {9.81, 0, 0});
  add(2.3, 2.8, {0, 0, 9.81});
  const StartBelief belief = BelieveFromImu(imu, FromNanoseconds(2'800'000'000), {});
  EXPECT_LT((belief.up_body - Eigen::Vector3d::UnitZ()).norm(), 1e-6);
}

// Half a second at the end of an accelerometer's range, across what was up.
TEST(BelieveFromImu, IsLessSureOfUpWhereSamplesAreClipped) {
  const auto sigma = [](bool clipped) {
    ImuBuffer imu;
    for (double t = 0; t < 1.001; t += 0.005) {
      ImuSample sample{FromNanoseconds(0) + FromSeconds(t), Eigen::Vector3d::Zero(), {0, 0, 9.81}};
      if (t > 0.4975 && t < 0.9975) {
        sample.specific_force_body.x() = 12;
        sample.clipped.specific_force[0] = clipped;
      }
      imu.Add(sample);
    }
    return BelieveFromImu(imu, FromNanoseconds(1'000'000'000), {}).up_sigma_rad;
  };
  EXPECT_NEAR(sigma(false), EstimatorOptions{}.start_up_sigma_rad, 1e-3);
  // 6 m/s^2 for half of the time, across a mean of 6 and 9.81.
  const double across = 3 * std::cos(std::atan2(6, 9.81)) / std::hypot(6, 9.81);
  EXPECT_NEAR(sigma(true), std::hypot(EstimatorOptions{}.start_up_sigma_rad, across), 5e-3);
}

struct OneCameraStart {
  std::optional<Window> window;
  double scale = 0;  // of the path through it, as a share of the true one
  bool said = false;
};

// A start with one camera whose accelerometer ends at this, across the direction of gravity.
OneCameraStart StartWithin(double range, uint64_t seed) {
  const Scenario scenario = MakeScenario({.seconds = 4, .cameras = 1, .seed = seed});
  MotionStart start(scenario.rig, EstimatorOptions{}, {});
  OneCameraStart result;
  ImuBuffer imu;
  size_t next = 0;
  for (size_t k = 0; k < scenario.frames.size() && !result.window; ++k) {
    const FrameObservations& frame = scenario.frames[k];
    for (; next < scenario.imu.size() && scenario.imu[next].time <= frame.time; ++next) {
      ImuSample sample = scenario.imu[next];
      for (size_t axis = 0; axis < 2; ++axis) {
        double& value = sample.specific_force_body[static_cast<Eigen::Index>(axis)];
        sample.clipped.specific_force[axis] = std::abs(value) > range;
        value = std::clamp(value, -range, range);
      }
      imu.Add(sample);
    }
    result.window = start.Add(static_cast<int64_t>(k), frame, std::nullopt, imu);
    result.said |= start.health().reason.find("beyond the range") != std::string::npos;
  }
  if (!result.window) return result;
  double path = 0, true_path = 0;
  for (size_t k = 1; k < result.window->states.size(); ++k) {
    const WindowState& a = result.window->states[k - 1];
    const WindowState& b = result.window->states[k];
    const auto at = [](const WindowState& state) {
      return FromBlocks(state.time, state.value).T_world_body.translation;
    };
    const auto truth = [&](const WindowState& state) {
      return scenario.truth[static_cast<size_t>(state.id)].T_world_body.translation;
    };
    path += (at(b) - at(a)).norm();
    true_path += (truth(b) - truth(a)).norm();
  }
  result.scale = path / true_path;
  return result;
}

// The closed form knows nothing of clipping; the start as a whole must find the scale nevertheless.
TEST(MotionStart, FindsTheScaleWithAClippedAccelerometer) {
  for (const uint64_t seed : {1, 2, 3}) {
    const OneCameraStart whole = StartWithin(100, seed);
    ASSERT_TRUE(whole.window);
    EXPECT_FALSE(whole.said);
    EXPECT_NEAR(whole.scale, 1, 0.1);
    const OneCameraStart clipped = StartWithin(2, seed);
    ASSERT_TRUE(clipped.window);
    EXPECT_TRUE(clipped.said);
    EXPECT_NEAR(clipped.scale, 1, 0.1);
  }
}

TEST(AlignGravity, SaysNothingWithoutTracks) {
  Beginning beginning(MakeScenario(Exact()));
  const auto intervals = beginning.Intervals(Eigen::Vector3d::Zero(), Eigen::Vector3d::Zero());
  for (StartFrame& frame : beginning.start_frames) frame.bearings.clear();
  EXPECT_FALSE(AlignGravity(beginning.scenario.rig, beginning.start_frames, intervals));
}

}  // namespace
}  // namespace nightjar
