// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ceres/sized_cost_function.h>

#include "fusion/parameter_blocks.h"

namespace nightjar {

/// Two states with a pause between them over which nothing was measured: they are believed to be
/// near each other, as a person who switched a recorder off and on again is, and no more. Holds the
/// parts of a log together; carries no gravity, so that the later part has to find its own.
///
/// Parameters: pose i, motion i, pose j, motion j. Residual (15): position in the body (100 m),
/// rotation (3 rad), velocity in the body of each state (5 m/s about what it was), gyro bias (0.02
/// rad/s), accelerometer bias (0.1 m/s^2): 1 sigma. Invariant to position and yaw of the world.
class PauseCost final : public ceres::SizedCostFunction<kStateTangentSize, kPoseSize, kMotionSize,
                                                        kPoseSize, kMotionSize> {
 public:
  bool Evaluate(double const* const* parameters, double* residuals,
                double** jacobians) const override;
};

}  // namespace nightjar
