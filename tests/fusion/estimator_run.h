// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <utility>
#include <vector>

#include "core/so3.h"
#include "fusion/scenario.h"
#include "fusion/visual_inertial_estimator.h"

/// Runs the estimator on a scenario and compares it with the truth.
namespace nightjar {

struct EstimatorRun {
  std::vector<FrameEstimate> causal;
  FinalSolution final;
};

// The scenario's own noise is exact, so nothing is inflated.
inline EstimatorOptions ExactNoise() {
  EstimatorOptions options;
  options.gyro_noise_factor = 1;
  options.accelerometer_noise_factor = 1;
  options.pixel_sigma_floor = 0.01;
  return options;
}

inline EstimatorRun Estimate(const Scenario& scenario,
                             const EstimatorOptions& options = ExactNoise()) {
  VisualInertialEstimator estimator(scenario.rig, options);
  EstimatorRun run;
  size_t next = 0;
  for (const FrameObservations& frame : scenario.frames) {
    while (next < scenario.imu.size() && scenario.imu[next].time <= frame.time) {
      estimator.AddImu(scenario.imu[next++]);
    }
    run.causal.push_back(estimator.AddFrame(frame));
  }
  auto final = estimator.Finish();
  EXPECT_TRUE(final.has_value()) << (final ? "" : final.error().Message());
  if (final) run.final = *std::move(final);
  return run;
}

// Truth and estimate differ by the gauge: the first frame's position and yaw.
inline Se3 GaugeTransform(const Se3& truth, const Se3& estimate) {
  const Eigen::Quaterniond difference = truth.rotation * estimate.rotation.conjugate();
  const Eigen::Matrix3d R = difference.toRotationMatrix();
  const double yaw = std::atan2(R(1, 0) - R(0, 1), R(0, 0) + R(1, 1));
  Se3 T;
  T.rotation = Eigen::Quaterniond(Eigen::AngleAxisd(yaw, Eigen::Vector3d::UnitZ()));
  T.translation = truth.translation - T.rotation * estimate.translation;
  return T;
}

struct Errors {
  double position_rms = 0;  // m
  double rotation_rms = 0;  // rad
};

inline Errors ErrorsOf(const std::vector<NavigationState>& estimates,
                       const std::vector<NavigationState>& truth) {
  const Se3 T = GaugeTransform(truth.front().T_world_body, estimates.front().T_world_body);
  Errors errors;
  for (size_t i = 0; i < truth.size(); ++i) {
    const Se3 moved = T * estimates[i].T_world_body;
    errors.position_rms += (moved.translation - truth[i].T_world_body.translation).squaredNorm();
    errors.rotation_rms +=
        so3::Log(moved.rotation.conjugate() * truth[i].T_world_body.rotation).squaredNorm();
  }
  errors.position_rms = std::sqrt(errors.position_rms / static_cast<double>(truth.size()));
  errors.rotation_rms = std::sqrt(errors.rotation_rms / static_cast<double>(truth.size()));
  return errors;
}

inline std::vector<NavigationState> CausalStates(const EstimatorRun& run) {
  std::vector<NavigationState> states;
  for (const FrameEstimate& estimate : run.causal) states.push_back(estimate.row.state);
  return states;
}

inline std::vector<NavigationState> FinalStates(const EstimatorRun& run) {
  std::vector<NavigationState> states;
  for (const TrajectoryRow& row : run.final.trajectory) states.push_back(row.state);
  return states;
}

}  // namespace nightjar
