// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ceres/cost_function.h>
#include <ceres/gradient_checker.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "fusion/parameter_blocks.h"
#include "fusion/pose_manifold.h"

namespace nightjar {

/// Analytic against numeric (Ridders) Jacobians of a cost in its parameters' tangent spaces, every
/// 7-sized block taken as a pose on PoseManifold. `tolerance` is relative to the largest entry of
/// the block: entries that ought to be zero have no scale of their own.
inline void ExpectTrueJacobians(const ceres::CostFunction& cost,
                                const std::vector<const double*>& parameters,
                                double tolerance = 1e-6) {
  const PoseManifold pose;
  std::vector<const ceres::Manifold*> manifolds;
  for (const int32_t size : cost.parameter_block_sizes()) {
    manifolds.push_back(size == kPoseSize ? &pose : nullptr);
  }
  ceres::NumericDiffOptions options;
  options.ridders_relative_initial_step_size = 1e-3;
  const ceres::GradientChecker checker(&cost, &manifolds, options);
  ceres::GradientChecker::ProbeResults results;
  checker.Probe(parameters.data(), tolerance, &results);
  ASSERT_TRUE(results.return_value) << results.error_log;
  for (size_t block = 0; block < results.local_jacobians.size(); ++block) {
    const auto& analytic = results.local_jacobians[block];
    const auto& numeric = results.local_numeric_jacobians[block];
    const double scale = std::max(1e-3, numeric.cwiseAbs().maxCoeff());
    EXPECT_LT((analytic - numeric).cwiseAbs().maxCoeff(), tolerance * scale)
        << "block " << block << "\nanalytic\n"
        << analytic << "\nnumeric\n"
        << numeric;
  }
}

}  // namespace nightjar
