// SPDX-License-Identifier: Apache-2.0
#include "fusion/window_factors.h"

#include "fusion/imu_cost.h"
#include "fusion/reprojection_cost.h"
#include "fusion/start_cost.h"
#include "fusion/zero_velocity_cost.h"

namespace nightjar {
namespace {

LinearBlock PoseBlock(const WindowState& state, int column, bool first_estimates) {
  const StateBlocks& at =
      first_estimates && state.linearisation ? *state.linearisation : state.value;
  return {LinearBlock::Kind::kPose, column, state.value.pose.data(), at.pose.data()};
}

LinearBlock MotionBlock(const WindowState& state, int column, bool first_estimates) {
  const StateBlocks& at =
      first_estimates && state.linearisation ? *state.linearisation : state.value;
  return {LinearBlock::Kind::kMotion, column, state.value.motion.data(), at.motion.data()};
}

}  // namespace

WindowFactors::WindowFactors(Window& window, const Rig& rig, double huber_threshold)
    : window_(window), loss_(std::make_unique<ceres::HuberLoss>(huber_threshold)) {
  if (window.start) state_factors_.push_back({std::make_unique<StartCost>(*window.start), {0}});
  if (window.prior) {
    StateFactor factor{std::make_unique<StatePriorCost>(*window.prior), {}, true};
    for (const int64_t id : window.prior_states) factor.states.push_back(window.IndexOf(id));
    state_factors_.push_back(std::move(factor));
  }
  for (size_t i = 1; i < window.states.size(); ++i) {
    const int j = static_cast<int>(i);
    if (window.states[i].from_previous != nullptr) {
      state_factors_.push_back(
          {std::make_unique<ImuCost>(window.states[i].from_previous), {j - 1, j}});
    }
  }
  for (size_t i = 0; i < window.states.size(); ++i) {
    const auto& turning = window.states[i].still_angular_velocity;
    if (turning) {
      state_factors_.push_back(
          {std::make_unique<ZeroVelocityCost>(*turning), {static_cast<int>(i)}});
    }
  }
  for (auto& [track, landmark] : window.landmarks) {
    LandmarkFactors factors{track, window.IndexOf(landmark.host_state), &landmark, {}};
    const RigCamera& host = rig.cameras[static_cast<size_t>(landmark.host_camera)];
    for (const LandmarkObservation& seen : landmark.observations) {
      const RigCamera& target = rig.cameras[static_cast<size_t>(seen.feature.camera)];
      const ReprojectionMeasurement measurement(host, target, seen.feature);
      Observation observation;
      observation.target = window.IndexOf(seen.state);
      observation.from_host = seen.state == landmark.host_state;
      if (observation.from_host) {
        observation.cost = std::make_unique<HostReprojectionCost>(measurement);
      } else {
        observation.cost = std::make_unique<ReprojectionCost>(measurement);
      }
      factors.observations.push_back(std::move(observation));
    }
    landmarks_.push_back(std::move(factors));
  }
}

NormalEquations WindowFactors::Linear(const StateFactor& factor, const std::vector<int>& columns,
                                      bool first_estimates) const {
  LinearFactor linear{factor.cost.get(), nullptr, {}};
  for (const int s : factor.states) {
    const WindowState& state = window_.states[static_cast<size_t>(s)];
    const int column = columns[static_cast<size_t>(s)];
    linear.blocks.push_back(PoseBlock(state, column, first_estimates));
    linear.blocks.push_back(MotionBlock(state, column + kPoseTangentSize, first_estimates));
  }
  return Linearise(linear);
}

LinearFactor WindowFactors::Factor(const LandmarkFactors& landmark, const Observation& observation,
                                   const std::vector<int>& columns, bool first_estimates) const {
  LinearFactor linear{observation.cost.get(), loss_.get(), {}};
  if (!observation.from_host) {
    for (const int s : {landmark.host, observation.target}) {
      linear.blocks.push_back(PoseBlock(window_.states[static_cast<size_t>(s)],
                                        columns[static_cast<size_t>(s)], first_estimates));
    }
  }
  const double* value = landmark.landmark->value.data();
  linear.blocks.push_back({LinearBlock::Kind::kLandmark, 0, value, value});
  return linear;
}

NormalEquations WindowFactors::Linear(const LandmarkFactors& landmark,
                                      const std::vector<int>& columns, bool first_estimates) const {
  std::vector<LinearFactor> used;
  for (const Observation& observation : landmark.observations) {
    if (columns[static_cast<size_t>(observation.target)] < 0) continue;
    used.push_back(Factor(landmark, observation, columns, first_estimates));
  }
  return LineariseLandmark(used);
}

std::vector<NormalEquations> WindowFactors::LinearWithLandmark(
    const LandmarkFactors& landmark, const std::vector<int>& columns) const {
  std::vector<NormalEquations> equations;
  for (const Observation& observation : landmark.observations) {
    equations.push_back(Linearise(Factor(landmark, observation, columns, false)));
  }
  return equations;
}

}  // namespace nightjar
