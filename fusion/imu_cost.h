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
  /// The measured motion beside the states' own, and what the Jacobians share.
  struct Comparison {
    Eigen::Matrix3d R_body_world;         // of state i
    Eigen::Matrix3d R_j_i;                // from body i to body j
    Eigen::Vector3d travelled;            // of the states, in body i, without gravity's part: m
    Eigen::Vector3d gained;               // idem, velocity: m/s
    Eigen::Vector3d rotation_error;       // rad
    Eigen::Vector3d rotation_correction;  // of the measurement for the change of bias: rad
    Eigen::Matrix<double, 9, 1> error;    // position, rotation, velocity
  };
  Comparison Compare(double const* const* parameters) const;
  void PoseIJacobian(const Comparison& states, const double* pose_i, double* jacobian) const;
  void MotionIJacobian(const Comparison& states, double* jacobian) const;
  void PoseJJacobian(const Comparison& states, const double* pose_j, double* jacobian) const;
  void MotionJJacobian(const Comparison& states, double* jacobian) const;

  std::shared_ptr<const ImuPreintegration> preintegration_;
  Matrix9d sqrt_information_;
  double gyro_walk_weight_;           // 1 / sigma of the gyro bias change over the interval
  double accelerometer_walk_weight_;  // idem, accelerometer
};

}  // namespace nightjar
