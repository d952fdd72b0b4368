// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ceres/sized_cost_function.h>

#include <Eigen/Core>

#include "fusion/parameter_blocks.h"

namespace nightjar {

/// What is believed of the first state before any image: one weak Gaussian each. All are invariant
/// to position and yaw, so they leave the gauge free.
struct StartBelief {
  Eigen::Vector3d up_body = Eigen::Vector3d::UnitZ();  // world +z seen from the body, unit
  double up_sigma_rad = 0.3;
  double speed_sigma_m_s = 2;  // about rest, per axis
  Eigen::Vector3d gyro_bias = Eigen::Vector3d::Zero();
  double gyro_bias_sigma = 0.1;  // rad/s
  Eigen::Vector3d accelerometer_bias = Eigen::Vector3d::Zero();
  double accelerometer_bias_sigma = 0.2;  // m/s^2
};

/// The first state against a StartBelief. Parameters: pose, motion. Residual (11): direction of up
/// (2), velocity in the body (3), gyro bias (3), accelerometer bias (3), whitened.
class StartCost final : public ceres::SizedCostFunction<11, kPoseSize, kMotionSize> {
 public:
  explicit StartCost(const StartBelief& belief);
  bool Evaluate(double const* const* parameters, double* residuals,
                double** jacobians) const override;

 private:
  StartBelief belief_;
  Eigen::Matrix<double, 2, 3> tangent_;  // rows span the plane perpendicular to up_body
};

/// Holds position and yaw of one pose where they are: the gauge of a solve. Never part of a prior.
/// Parameter: pose. Residual (4): position (3), rotation about world z.
class GaugeCost final : public ceres::SizedCostFunction<4, kPoseSize> {
 public:
  explicit GaugeCost(const Se3& T_world_body) : T_world_body_(T_world_body) {}
  bool Evaluate(double const* const* parameters, double* residuals,
                double** jacobians) const override;

 private:
  Se3 T_world_body_;
};

}  // namespace nightjar
