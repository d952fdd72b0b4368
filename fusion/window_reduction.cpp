// SPDX-License-Identifier: Apache-2.0
#include "fusion/window_reduction.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>

#include "core/check.h"
#include "fusion/inertial_interval.h"
#include "fusion/start_cost.h"
#include "fusion/state_covariance.h"
#include "fusion/window_factors.h"

namespace nightjar {
namespace {

constexpr int kNotInvolved = -1;

// Which factors of a window touch state `index`, or are the prior so far: there is one prior, which
// grows.
struct Neighbourhood {
  std::vector<const WindowFactors::StateFactor*> state_factors;
  std::vector<const WindowFactors::LandmarkFactors*> hosted;
  std::vector<int>
      columns;   // by state: 0 for the state itself, then the others involved in time order
  int kept = 0;  // how many others
};

Neighbourhood FindNeighbourhood(const WindowFactors& factors, int index) {
  const Window& window = factors.window();
  Neighbourhood near;
  std::vector<bool> involved(window.states.size(), false);
  for (const auto& factor : factors.state_factors()) {
    const auto touches = std::find(factor.states.begin(), factor.states.end(), index);
    if (touches == factor.states.end() && !factor.is_prior) continue;
    near.state_factors.push_back(&factor);
    for (const int s : factor.states) involved[static_cast<size_t>(s)] = true;
  }
  const int last = static_cast<int>(window.states.size()) - 1;
  for (const auto& landmark : factors.landmarks()) {
    if (landmark.host != index) continue;
    near.hosted.push_back(&landmark);
    for (const auto& observation : landmark.observations) {
      const bool used = observation.target != last &&
                        window.states[static_cast<size_t>(observation.target)].keyframe;
      if (used) involved[static_cast<size_t>(observation.target)] = true;
    }
  }
  near.columns.assign(window.states.size(), kNotInvolved);
  for (size_t s = 0; s < involved.size(); ++s) {
    if (static_cast<int>(s) == index) {
      near.columns[s] = 0;
    } else if (involved[s]) {
      near.columns[s] = kStateTangentSize * ++near.kept;
    }
  }
  return near;
}

StatePrior ReduceNeighbourhood(const WindowFactors& factors, const Neighbourhood& near) {
  LinearSystem system(kStateTangentSize * (near.kept + 1));
  for (const auto* factor : near.state_factors) {
    system.Add(factors.Linear(*factor, near.columns, true));
  }
  for (const auto* landmark : near.hosted)
    system.Add(factors.Linear(*landmark, near.columns, true));
  std::vector<StateBlocks> linearisation;
  for (size_t s = 0; s < near.columns.size(); ++s) {
    if (near.columns[s] <= 0) continue;
    const WindowState& state = factors.window().states[s];
    linearisation.push_back(state.linearisation.value_or(state.value));
  }
  const Eigen::MatrixXd gauge = GaugeDirections(linearisation);
  return Marginalise(system, kStateTangentSize, std::move(linearisation), gauge);
}

void RemoveObservations(Window& window, int64_t state) {
  for (auto& [track, landmark] : window.landmarks) {
    std::erase_if(landmark.observations,
                  [state](const LandmarkObservation& seen) { return seen.state == state; });
  }
}

// d log(size) / d states, where size^2 is the sum of squared distances of the states' positions
// from their mean; zero when they are all in one place.
Eigen::VectorXd SizeGradient(const Window& window) {
  Eigen::Vector3d mean = Eigen::Vector3d::Zero();
  for (const WindowState& state : window.states) {
    mean += PoseFromBlock(state.value.pose.data()).translation;
  }
  mean /= static_cast<double>(window.states.size());
  Eigen::VectorXd gradient =
      Eigen::VectorXd::Zero(kStateTangentSize * static_cast<Eigen::Index>(window.states.size()));
  double size2 = 0;
  for (size_t s = 0; s < window.states.size(); ++s) {
    const Se3 pose = PoseFromBlock(window.states[s].value.pose.data());
    const Eigen::Vector3d out = pose.translation - mean;
    // The tangent's translation is in body axes.
    gradient.segment<3>(kStateTangentSize * static_cast<Eigen::Index>(s)) =
        pose.rotation.conjugate() * out;
    size2 += out.squaredNorm();
  }
  return size2 > 0 ? Eigen::VectorXd(gradient / size2) : gradient;
}

// Keyframes other than the last have said what they saw of `track`.
void UseUp(Window& window, uint64_t track) {
  for (size_t s = 0; s + 1 < window.states.size(); ++s) {
    if (!window.states[s].keyframe) continue;
    std::erase_if(window.states[s].features,
                  [track](const FeatureObservation& seen) { return seen.track == track; });
  }
}

}  // namespace

void MarginaliseKeyframe(Window& window, const Rig& rig, int64_t id, double huber_threshold) {
  const auto index = static_cast<size_t>(window.IndexOf(id));
  NIGHTJAR_CHECK(index + 2 < window.states.size(), "the newest state stays and is no neighbour");
  NIGHTJAR_CHECK(
      window.states[index + 1].keyframe && (index == 0 || window.states[index - 1].keyframe),
      "a prior never touches a state that may be dropped");
  StatePrior prior;
  std::vector<int64_t> prior_states;
  std::vector<uint64_t> ended;
  {
    const WindowFactors factors(window, rig, huber_threshold);
    const Neighbourhood near = FindNeighbourhood(factors, static_cast<int>(index));
    prior = ReduceNeighbourhood(factors, near);
    for (size_t s = 0; s < window.states.size(); ++s) {
      if (near.columns[s] <= 0) continue;
      prior_states.push_back(window.states[s].id);
      if (!window.states[s].linearisation) window.states[s].linearisation = window.states[s].value;
    }
    for (const auto* landmark : near.hosted) ended.push_back(landmark->track);
  }
  for (const uint64_t track : ended) {
    window.landmarks.erase(track);
    UseUp(window, track);
  }
  if (index == 0) window.start.reset();
  window.states[index + 1].from_previous = nullptr;
  RemoveObservations(window, id);
  window.states.erase(window.states.begin() + static_cast<std::ptrdiff_t>(index));
  window.prior = std::move(prior);
  window.prior_states = std::move(prior_states);
}

void DropState(Window& window, int64_t id, const ImuBuffer& imu, const ImuNoise& noise) {
  const auto index = static_cast<size_t>(window.IndexOf(id));
  NIGHTJAR_CHECK(index > 0 && index + 1 < window.states.size(), "ends of the window stay");
  NIGHTJAR_CHECK(!window.states[index].linearisation, "a state in the prior cannot be dropped");
  RemoveObservations(window, id);
  window.states.erase(window.states.begin() + static_cast<std::ptrdiff_t>(index));
  ConnectToPrevious(window, index, imu, noise);
}

std::optional<NewestUncertainty> UncertaintyOfNewest(Window& window, const Rig& rig,
                                                     double huber_threshold) {
  const WindowFactors factors(window, rig, huber_threshold);
  const int size = kStateTangentSize * static_cast<int>(window.states.size());
  std::vector<int> columns;
  for (int column = 0; column < size; column += kStateTangentSize) columns.push_back(column);
  LinearSystem system(size);
  for (const auto& factor : factors.state_factors()) {
    system.Add(factors.Linear(factor, columns, false));
  }
  for (const auto& landmark : factors.landmarks()) {
    system.Add(factors.Linear(landmark, columns, false));
  }
  const double* first = window.states.front().value.pose.data();
  const GaugeCost gauge(PoseFromBlock(first), kCovarianceGaugeSigma);
  system.Add(Linearise({&gauge, nullptr, {{LinearBlock::Kind::kPose, 0, first, first}}}));

  const Eigen::VectorXd scale = system.H().diagonal().cwiseSqrt().cwiseInverse();
  const Eigen::LLT<Eigen::MatrixXd> factor(scale.asDiagonal() * system.H() * scale.asDiagonal());
  if (factor.info() != Eigen::Success) return std::nullopt;
  Eigen::MatrixXd directions(size, kStateTangentSize + 1);
  directions.leftCols<kStateTangentSize>() =
      Eigen::MatrixXd::Identity(size, size).rightCols<kStateTangentSize>();
  directions.rightCols<1>() = scale.cwiseProduct(SizeGradient(window));
  const Eigen::MatrixXd solved = factor.solve(directions);
  const auto last_scale = scale.tail<kStateTangentSize>().asDiagonal();
  const Matrix15d tangent =
      last_scale * solved.bottomLeftCorner<kStateTangentSize, kStateTangentSize>() * last_scale;
  if (!tangent.allFinite()) return std::nullopt;
  NewestUncertainty uncertainty;
  uncertainty.covariance =
      StateWorldCovariance(PoseFromBlock(window.states.back().value.pose.data()), tangent);
  const double variance = directions.rightCols<1>().col(0).dot(solved.rightCols<1>().col(0));
  uncertainty.scale_sigma =
      variance > 0 ? std::sqrt(variance) : std::numeric_limits<double>::infinity();
  return uncertainty;
}

}  // namespace nightjar
