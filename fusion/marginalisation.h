// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ceres/cost_function.h>

#include <Eigen/Core>
#include <vector>

#include "fusion/linear_system.h"
#include "fusion/parameter_blocks.h"

namespace nightjar {

/// What the states that left the window still say about those in it: |error + J (x [-] x0)|^2 / 2,
/// x the states in the order of `linearisation`, each with its pose and motion tangents (15
/// columns).
struct StatePrior {
  std::vector<StateBlocks> linearisation;  // x0: fixed from the first time a state enters a prior
  Eigen::MatrixXd J;
  Eigen::VectorXd error;
};

/// Marginalises the first `dropped` columns out of `system` (Schur complement) and factors what is
/// left. Information below rounding is set to exactly none: directions that nothing observes
/// (position and yaw of a visual-inertial system) stay unobserved however often this is repeated.
/// Derivation: docs/maths/marginalisation.md.
///
/// `unobservable`: directions of the kept columns, one per column, of which the system is known to
/// say nothing (GaugeDirections); what rounding makes it say is taken out, so that it cannot grow
/// over many marginalisations.
StatePrior Marginalise(const LinearSystem& system, int dropped,
                       std::vector<StateBlocks> linearisation_of_kept,
                       const Eigen::MatrixXd& unobservable);

/// The tangents in which states move together along x, y, z and about the vertical: a
/// visual-inertial system does not see them.
Eigen::MatrixXd GaugeDirections(const std::vector<StateBlocks>& states);

/// A StatePrior as a Ceres cost. Parameters: pose and motion of each state in turn.
class StatePriorCost final : public ceres::CostFunction {
 public:
  /// `prior` must outlive the cost.
  explicit StatePriorCost(const StatePrior& prior);
  bool Evaluate(double const* const* parameters, double* residuals,
                double** jacobians) const override;

 private:
  const StatePrior& prior_;
};

}  // namespace nightjar
