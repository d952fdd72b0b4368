// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ceres/cost_function.h>
#include <ceres/loss_function.h>

#include <Eigen/Core>
#include <cstdint>
#include <memory>
#include <vector>

#include "calibration/rig.h"
#include "fusion/linear_system.h"
#include "fusion/window.h"

namespace nightjar {

/// The factors of a window, made once and used by its solve, its covariance and its
/// marginalisation, so that the three cannot disagree. Refers to the window and the rig, which must
/// outlive it unmoved.
class WindowFactors {
 public:
  /// A factor among states: one (start), two neighbours (inertial) or several (prior).
  struct StateFactor {
    std::unique_ptr<ceres::CostFunction> cost;
    std::vector<int> states;  // indices; the cost takes pose and motion of each in turn
    bool is_prior = false;
  };
  struct Observation {
    std::unique_ptr<ceres::CostFunction> cost;
    int target = 0;  // index of the state that saw it
    bool from_host =
        false;  // the cost takes the landmark only, not (host pose, target pose, landmark)
  };
  struct LandmarkFactors {
    uint64_t track = 0;
    int host = 0;  // index of the host state
    WindowLandmark* landmark = nullptr;
    std::vector<Observation> observations;  // as landmark->observations
  };

  WindowFactors(Window& window, const Rig& rig, double huber_threshold);

  const std::vector<StateFactor>& state_factors() const { return state_factors_; }
  const std::vector<LandmarkFactors>& landmarks() const { return landmarks_; }
  ceres::LossFunction* loss() const { return loss_.get(); }
  Window& window() const { return window_; }

  /// The normal equations of a factor, or of a landmark that is eliminated; state s of the window
  /// has its 15 columns at columns[s]. With `first_estimates` Jacobians are taken at a state's
  /// fixed linearisation where it has one. Of the landmark, only observations from states with a
  /// column (>= 0) count.
  NormalEquations Linear(const StateFactor& factor, const std::vector<int>& columns,
                         bool first_estimates) const;
  NormalEquations Linear(const LandmarkFactors& landmark, const std::vector<int>& columns,
                         bool first_estimates) const;
  /// Of each of the landmark's observations, at the values, the landmark's own three columns as the
  /// last span.
  std::vector<NormalEquations> LinearWithLandmark(const LandmarkFactors& landmark,
                                                  const std::vector<int>& columns) const;

 private:
  LinearFactor Factor(const LandmarkFactors& landmark, const Observation& observation,
                      const std::vector<int>& columns, bool first_estimates) const;

  Window& window_;
  std::unique_ptr<ceres::LossFunction> loss_;
  std::vector<StateFactor> state_factors_;
  std::vector<LandmarkFactors> landmarks_;
};

}  // namespace nightjar
