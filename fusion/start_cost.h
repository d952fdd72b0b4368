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
  double accelerometer_bias_sigma = 0.1;  // m/s^2
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
/// `sigma` (m, rad): stiff against every real measurement; what is left of it is in every
/// covariance, so make it small there. Parameter: pose. Residual (4): position (3), rotation about
/// world z.
class GaugeCost final : public ceres::SizedCostFunction<4, kPoseSize> {
 public:
  explicit GaugeCost(const Se3& T_world_body, double sigma = 1e-4)
      : T_world_body_(T_world_body), weight_(1 / sigma) {}
  bool Evaluate(double const* const* parameters, double* residuals,
                double** jacobians) const override;

 private:
  Se3 T_world_body_;
  double weight_;
};

/// For covariances: a micrometre and a microradian are nothing.
inline constexpr double kCovarianceGaugeSigma = 1e-6;

}  // namespace nightjar
