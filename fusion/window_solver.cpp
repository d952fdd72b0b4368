// SPDX-License-Identifier: Apache-2.0
#include "fusion/window_solver.h"

#include <ceres/ceres.h>
#include <glog/logging.h>

#include <Eigen/Core>
#include <array>
#include <vector>

#include "fusion/pose_manifold.h"
#include "fusion/start_cost.h"
#include "fusion/window_factors.h"

namespace nightjar {
namespace {

// A landmark at infinity scatters about zero with the noise of its tracks; further below it lies
// behind the camera.
constexpr double kSmallestInverseDistance = -0.05;  // 1/m

// Ceres reports every step that it has to reject through glog, whose threshold is the process's: a
// library does not print, and what it would say is in the summary.
void SilenceCeres() {
  static const bool once = [] {
    FLAGS_minloglevel = google::GLOG_FATAL;
    return true;
  }();
  static_cast<void>(once);
}

ceres::Problem::Options BorrowEverything() {
  ceres::Problem::Options options;
  options.cost_function_ownership = ceres::DO_NOT_TAKE_OWNERSHIP;
  options.loss_function_ownership = ceres::DO_NOT_TAKE_OWNERSHIP;
  options.manifold_ownership = ceres::DO_NOT_TAKE_OWNERSHIP;
  return options;
}

void AddStateFactors(const WindowFactors& factors, ceres::Problem& problem) {
  for (const auto& factor : factors.state_factors()) {
    std::vector<double*> blocks;
    for (const int s : factor.states) {
      StateBlocks& value = factors.window().states[static_cast<size_t>(s)].value;
      blocks.push_back(value.pose.data());
      blocks.push_back(value.motion.data());
    }
    problem.AddResidualBlock(factor.cost.get(), nullptr, blocks);
  }
}

// The landmarks' values side by side. Ceres orders the blocks of an elimination group by their
// addresses, and with them its sums: where the allocator put the landmarks must not show in the
// result.
using LandmarkValues = std::vector<std::array<double, kLandmarkSize>>;

LandmarkValues CopyValues(const WindowFactors& factors) {
  LandmarkValues values;
  for (const auto& landmark : factors.landmarks()) values.push_back(landmark.landmark->value);
  return values;
}

void AddLandmarkFactors(const WindowFactors& factors, LandmarkValues& values,
                        ceres::Problem& problem, ceres::ParameterBlockOrdering& ordering) {
  for (size_t l = 0; l < values.size(); ++l) {
    const auto& landmark = factors.landmarks()[l];
    auto& states = factors.window().states;
    double* value = values[l].data();
    double* host_pose = states[static_cast<size_t>(landmark.host)].value.pose.data();
    ordering.AddElementToGroup(value, 0);
    for (const auto& observation : landmark.observations) {
      if (observation.from_host) {
        problem.AddResidualBlock(observation.cost.get(), factors.loss(), value);
      } else {
        problem.AddResidualBlock(observation.cost.get(), factors.loss(), host_pose,
                                 states[static_cast<size_t>(observation.target)].value.pose.data(),
                                 value);
      }
    }
  }
}

// The observation's distance from its landmark in sigma.
double WhitenedError(const WindowFactors& factors, const WindowFactors::LandmarkFactors& landmark,
                     const WindowFactors::Observation& observation) {
  const auto& states = factors.window().states;
  Eigen::Vector2d residual;
  const double* value = landmark.landmark->value.data();
  const double* three[] = {states[static_cast<size_t>(landmark.host)].value.pose.data(),
                           states[static_cast<size_t>(observation.target)].value.pose.data(),
                           value};
  const double* one[] = {value};
  observation.cost->Evaluate(observation.from_host ? one : three, residual.data(), nullptr);
  return residual.norm();
}

}  // namespace

bool SolveWindow(Window& window, const Rig& rig, const WindowSolverOptions& options) {
  SilenceCeres();
  const WindowFactors factors(window, rig, options.huber_threshold);
  PoseManifold manifold;
  const GaugeCost gauge(PoseFromBlock(window.states.front().value.pose.data()));
  ceres::Problem problem(BorrowEverything());
  auto ordering = std::make_shared<ceres::ParameterBlockOrdering>();
  for (WindowState& state : window.states) {
    problem.AddParameterBlock(state.value.pose.data(), kPoseSize, &manifold);
    problem.AddParameterBlock(state.value.motion.data(), kMotionSize);
    ordering->AddElementToGroup(state.value.pose.data(), 1);
    ordering->AddElementToGroup(state.value.motion.data(), 1);
  }
  problem.AddResidualBlock(const_cast<GaugeCost*>(&gauge), nullptr,
                           window.states.front().value.pose.data());
  AddStateFactors(factors, problem);
  LandmarkValues landmarks = CopyValues(factors);
  AddLandmarkFactors(factors, landmarks, problem, *ordering);

  ceres::Solver::Options solver;
  solver.linear_solver_type = options.sparse ? ceres::SPARSE_SCHUR : ceres::DENSE_SCHUR;
  if (window.landmarks.empty()) {
    solver.linear_solver_type = ceres::SPARSE_NORMAL_CHOLESKY;
  } else {
    solver.linear_solver_ordering = ordering;
  }
  // Not the machine's BLAS: another one installed would change bytes.
  solver.sparse_linear_algebra_library_type = ceres::EIGEN_SPARSE;
  solver.dense_linear_algebra_library_type = ceres::EIGEN;
  solver.max_num_iterations = options.iterations;
  solver.num_threads =
      1;  // with more, Ceres' Schur solvers do not repeat their results bit for bit
  solver.function_tolerance = 1e-5;
  solver.logging_type = ceres::SILENT;
  ceres::Solver::Summary summary;
  ceres::Solve(solver, &problem, &summary);
  for (size_t l = 0; l < landmarks.size(); ++l) {
    factors.landmarks()[l].landmark->value = landmarks[l];
  }
  return summary.IsSolutionUsable();
}

void RemoveOutliers(Window& window, const Rig& rig, const WindowSolverOptions& options) {
  const WindowFactors factors(window, rig, options.huber_threshold);
  std::vector<uint64_t> unusable;
  for (const auto& factor : factors.landmarks()) {
    WindowLandmark& landmark = *factor.landmark;
    std::vector<LandmarkObservation> kept;
    for (size_t i = 0; i < factor.observations.size(); ++i) {
      const bool good =
          WhitenedError(factors, factor, factor.observations[i]) <= options.outlier_threshold;
      if (good) kept.push_back(landmark.observations[i]);
    }
    landmark.observations = std::move(kept);
    const bool hosted = !landmark.observations.empty() &&
                        landmark.observations.front().state == landmark.host_state;
    if (!hosted || landmark.observations.size() < 2 ||
        !(landmark.value[2] > kSmallestInverseDistance)) {
      unusable.push_back(factor.track);
    }
  }
  for (const uint64_t track : unusable) window.landmarks.erase(track);
}

}  // namespace nightjar
