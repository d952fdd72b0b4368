// SPDX-License-Identifier: Apache-2.0
// Are the sigmas true? Errors of many simulated runs against the covariances that came with them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "fusion/estimator_run.h"
#include "fusion/scenario.h"

namespace nightjar {
namespace {

constexpr int kRuns = 16;

struct Normalised {
  std::vector<double> position, rotation, velocity, gyro_bias,
      accelerometer_bias;  // error / sigma, per axis
  std::vector<double> inverse_distance;
  double pose_nees = 0;  // mean over keyframes, 6 degrees of freedom
  int keyframes = 0;
};

void AddAxes(const Eigen::Vector3d& error, const Eigen::Matrix3d& covariance,
             std::vector<double>& out) {
  for (int k = 0; k < 3; ++k) {
    if (covariance(k, k) > 0) out.push_back(error[k] / std::sqrt(covariance(k, k)));
  }
}

void AddKeyframe(const Keyframe& keyframe, const NavigationState& truth, const Se3& gauge,
                 Normalised& all) {
  // Truth in the estimate's world: position and yaw of the first keyframe are the gauge.
  const Se3 T = gauge.Inverse() * truth.T_world_body;
  const NavigationState& estimate = keyframe.state;
  Eigen::Matrix<double, 15, 1> error;
  error << T.translation - estimate.T_world_body.translation,
      so3::Log(T.rotation * estimate.T_world_body.rotation.conjugate()),
      gauge.rotation.conjugate() * truth.velocity_world - estimate.velocity_world,
      truth.gyro_bias - estimate.gyro_bias, truth.accelerometer_bias - estimate.accelerometer_bias;
  const Matrix15d& P = keyframe.covariance;
  AddAxes(error.segment<3>(0), P.block<3, 3>(0, 0), all.position);
  AddAxes(error.segment<3>(3), P.block<3, 3>(3, 3), all.rotation);
  AddAxes(error.segment<3>(6), P.block<3, 3>(6, 6), all.velocity);
  AddAxes(error.segment<3>(9), P.block<3, 3>(9, 9), all.gyro_bias);
  AddAxes(error.segment<3>(12), P.block<3, 3>(12, 12), all.accelerometer_bias);
  const Matrix6d pose = P.topLeftCorner<6, 6>();
  if (pose.diagonal().minCoeff() > 0) {
    all.pose_nees += error.head<6>().dot(pose.ldlt().solve(error.head<6>()));
    ++all.keyframes;
  }
}

// Of the inverse distance from the camera that saw the landmark first, as it is and as it is
// estimated.
void AddLandmarks(const Scenario& scenario, const FinalSolution& final, Normalised& all) {
  for (const Landmark& landmark : final.landmarks) {
    for (const Keyframe& keyframe : final.keyframes) {
      const auto frame = static_cast<size_t>(
          std::find_if(scenario.frames.begin(), scenario.frames.end(),
                       [&](const FrameObservations& f) { return f.time == keyframe.state.time; }) -
          scenario.frames.begin());
      const auto& features = scenario.frames[frame].features;
      const auto seen =
          std::find_if(features.begin(), features.end(),
                       [&](const FeatureObservation& f) { return f.track == landmark.track; });
      if (seen == features.end()) continue;
      const Se3& T_body_camera =
          scenario.rig.cameras[static_cast<size_t>(seen->camera)].T_body_camera;
      const Eigen::Vector3d truth = (scenario.truth[frame].T_world_body * T_body_camera).Inverse() *
                                    scenario.landmarks[landmark.track];
      const Eigen::Vector3d estimate =
          (keyframe.state.T_world_body * T_body_camera).Inverse() * landmark.position_world;
      all.inverse_distance.push_back((1 / truth.norm() - 1 / estimate.norm()) /
                                     landmark.inverse_distance_sigma);
      break;
    }
  }
}

Normalised RunMany() {
  Normalised all;
  for (int seed = 1; seed <= kRuns; ++seed) {
    const Scenario scenario = MakeScenario({.seconds = 3,
                                            .landmarks = 150,
                                            .start_s = 0.7 * seed,
                                            .seed = static_cast<uint64_t>(seed)});
    const EstimatorRun run = Estimate(scenario);
    const Se3 gauge = GaugeTransform(scenario.truth.front().T_world_body,
                                     run.final.keyframes.front().state.T_world_body);
    for (const Keyframe& keyframe : run.final.keyframes) {
      const auto truth = std::find_if(
          scenario.truth.begin(), scenario.truth.end(),
          [&](const NavigationState& state) { return state.time == keyframe.state.time; });
      AddKeyframe(keyframe, *truth, gauge, all);
    }
    AddLandmarks(scenario, run.final, all);
  }
  all.pose_nees /= all.keyframes;
  return all;
}

// Spread of e / sigma without the share beyond 5 sigma, which must be rare.
double Spread(const char* name, const std::vector<double>& values) {
  double sum = 0;
  size_t kept = 0;
  size_t one = 0;
  size_t two = 0;
  for (const double v : values) {
    one += std::abs(v) < 1;
    two += std::abs(v) < 2;
    if (std::abs(v) > 5) continue;
    sum += v * v;
    ++kept;
  }
  const auto n = static_cast<double>(values.size());
  EXPECT_LE(n - static_cast<double>(kept), 0.01 * n) << name;
  const double spread = std::sqrt(sum / static_cast<double>(kept));
  std::printf("%-20s std(e/sigma) %.3f, inside 1 sigma %.3f, 2 sigma %.3f, n %zu\n", name, spread,
              static_cast<double>(one) / n, static_cast<double>(two) / n, values.size());
  return spread;
}

TEST(FinalSolution, SigmasAreTrue) {
  const Normalised all = RunMany();
  std::printf("pose NEES %.2f (6 when true), %d keyframes of %d runs\n", all.pose_nees,
              all.keyframes, kRuns);
  for (const auto& [name, values] : {std::pair{"position", &all.position},
                                     {"rotation", &all.rotation},
                                     {"velocity", &all.velocity},
                                     {"gyro bias", &all.gyro_bias},
                                     {"accelerometer bias", &all.accelerometer_bias},
                                     {"inverse distance", &all.inverse_distance}}) {
    const double spread = Spread(name, *values);
    EXPECT_GT(spread, 0.7) << name;
    EXPECT_LT(spread, 1.3) << name;
  }
  EXPECT_GT(all.pose_nees, 4);
  EXPECT_LT(all.pose_nees, 9);
}

}  // namespace
}  // namespace nightjar
