// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ceres/sized_cost_function.h>

#include <Eigen/Core>
#include <memory>

#include "fusion/imu_preintegration.h"
#include "fusion/parameter_blocks.h"

namespace nightjar {

/// Two states against the inertial samples between them.
///
/// Parameters: pose i, motion i, pose j, motion j. Residual (15): position, rotation, velocity,
/// gyro bias, accelerometer bias, whitened by the preintegrated covariance and the biases' random
/// walk. Derivation and Jacobians: docs/maths/imu-preintegration.md.
class ImuCost final : public ceres::SizedCostFunction<kStateTangentSize, kPoseSize, kMotionSize,
                                                      kPoseSize, kMotionSize> {
 public:
  explicit ImuCost(std::shared_ptr<const ImuPreintegration> preintegration);

  bool Evaluate(double const* const* parameters, double* residuals,
                double** jacobians) const override;

 private:
  std::shared_ptr<const ImuPreintegration> preintegration_;
  Matrix9d sqrt_information_;
  double gyro_walk_weight_;           // 1 / sigma of the gyro bias change over the interval
  double accelerometer_walk_weight_;  // idem, accelerometer
};

}  // namespace nightjar
