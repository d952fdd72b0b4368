// SPDX-License-Identifier: Apache-2.0
// Are the sigmas true? Errors of many simulated runs against the covariances that came with them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>

#include "fusion/estimator_run.h"
#include "fusion/scenario.h"

namespace nightjar {
namespace {

constexpr int kRuns = 40;

struct Pair {
  double error;
  double sigma;
};

struct Normalised {
  std::vector<Pair> position, rotation, velocity, gyro_bias, accelerometer_bias;  // per axis
  std::vector<Pair> inverse_distance;
  double pose_nees = 0;  // mean over keyframes, 6 degrees of freedom
  int keyframes = 0;
};

void AddAxes(const Eigen::Vector3d& error, const Eigen::Matrix3d& covariance,
             std::vector<Pair>& out) {
  for (int k = 0; k < 3; ++k) {
    if (covariance(k, k) > 0) out.push_back({error[k], std::sqrt(covariance(k, k))});
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
      all.inverse_distance.push_back(
          {1 / truth.norm() - 1 / estimate.norm(), landmark.inverse_distance_sigma});
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

// std(e / sigma) without the share beyond 5 sigma, which must be rare.
double Spread(std::span<const Pair> pairs) {
  double sum = 0;
  size_t kept = 0;
  for (const Pair& pair : pairs) {
    const double ratio = pair.error / pair.sigma;
    if (std::abs(ratio) > 5) continue;
    sum += ratio * ratio;
    ++kept;
  }
  EXPECT_LE(pairs.size() - kept, 0.01 * static_cast<double>(pairs.size()));
  return std::sqrt(sum / static_cast<double>(kept));
}

double ShareInside(std::span<const Pair> pairs, double sigmas) {
  const auto inside = std::count_if(pairs.begin(), pairs.end(), [sigmas](const Pair& pair) {
    return std::abs(pair.error) < sigmas * pair.sigma;
  });
  return static_cast<double>(inside) / static_cast<double>(pairs.size());
}

// In five bins of predicted sigma, so that a constant sigma cannot pass.
std::vector<double> SpreadInBins(const char* name, std::vector<Pair> pairs) {
  std::sort(pairs.begin(), pairs.end(),
            [](const Pair& a, const Pair& b) { return a.sigma < b.sigma; });
  std::printf("%-18s std(e/sigma) %.3f, inside 1 sigma %.3f, 2 sigma %.3f, n %zu; bins", name,
              Spread(pairs), ShareInside(pairs, 1), ShareInside(pairs, 2), pairs.size());
  std::vector<double> spreads;
  const size_t size = pairs.size() / 5;
  for (size_t bin = 0; bin < 5; ++bin) {
    spreads.push_back(Spread(std::span(pairs).subspan(bin * size, size)));
    std::printf(" %.2f (at %.2g)", spreads.back(), pairs[bin * size + size / 2].sigma);
  }
  std::printf("\n");
  return spreads;
}

// Tilt and biases are the same error in all keyframes of a run, so a bin of them holds the errors
// of few runs: with 40 in all, 8 to 24 independent ones, and a spread that is known to 15 %, 1
// sigma. The others have hundreds.
constexpr double kFewRuns = 0.3;
constexpr double kCriterion = 0.15;

TEST(FinalSolution, SigmasAreTrue) {
  const Normalised all = RunMany();
  std::printf("pose NEES %.2f (6 when true), %d keyframes of %d runs\n", all.pose_nees,
              all.keyframes, kRuns);
  struct Row {
    const char* name;
    const std::vector<Pair>& pairs;
    double tolerance_in_bins;
  };
  for (const Row& row :
       {Row{"position", all.position, kCriterion}, Row{"rotation", all.rotation, kFewRuns},
        Row{"velocity", all.velocity, kCriterion}, Row{"gyro bias", all.gyro_bias, kFewRuns},
        Row{"accelerometer bias", all.accelerometer_bias, kFewRuns},
        Row{"inverse distance", all.inverse_distance, kCriterion}}) {
    SCOPED_TRACE(row.name);
    EXPECT_NEAR(Spread(row.pairs), 1, kCriterion);
    for (const double spread : SpreadInBins(row.name, row.pairs)) {
      EXPECT_NEAR(spread, 1, row.tolerance_in_bins);
    }
  }
  EXPECT_NEAR(all.pose_nees, 6, 1);
}

}  // namespace
}  // namespace nightjar
