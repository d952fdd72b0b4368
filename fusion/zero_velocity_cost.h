// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ceres/sized_cost_function.h>

#include <Eigen/Core>

#include "fusion/parameter_blocks.h"

namespace nightjar {

/// A state at which the body stands still: no velocity, and what the gyro measures is its bias.
///
/// Parameters: pose, motion. Residual (6): velocity in body axes, m/s; mean measured angular
/// velocity minus gyro bias, rad/s; whitened by what a person sways who stands. Invariant to
/// position and yaw of the world. Maths: docs/maths/zero-velocity.md.
class ZeroVelocityCost final : public ceres::SizedCostFunction<6, kPoseSize, kMotionSize> {
 public:
  static constexpr double kSpeedSigma = 0.01;            // m/s per axis
  static constexpr double kAngularVelocitySigma = 0.01;  // rad/s per axis

  /// `angular_velocity_body`: measured, the mean since the frame before, rad/s.
  explicit ZeroVelocityCost(const Eigen::Vector3d& angular_velocity_body)
      : angular_velocity_body_(angular_velocity_body) {}

  bool Evaluate(double const* const* parameters, double* residuals,
                double** jacobians) const override;

 private:
  Eigen::Vector3d angular_velocity_body_;
};

}  // namespace nightjar
