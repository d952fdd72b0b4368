// SPDX-License-Identifier: Apache-2.0
#include "fusion/zero_velocity_cost.h"

#include "core/so3.h"
#include "fusion/pose_manifold.h"

namespace nightjar {

bool ZeroVelocityCost::Evaluate(double const* const* parameters, double* residuals,
                                double** jacobians) const {
  // In body axes: a prior made of it must not see the yaw of the world.
  const Eigen::Matrix3d R_body_world = PoseFromBlock(parameters[0]).RotationMatrix().transpose();
  const Eigen::Map<const Eigen::Matrix<double, 9, 1>> motion(parameters[1]);
  const Eigen::Vector3d velocity_body = R_body_world * motion.head<3>();
  Eigen::Map<Eigen::Matrix<double, 6, 1>> r(residuals);
  r << velocity_body / kSpeedSigma,
      (angular_velocity_body_ - motion.segment<3>(3)) / kAngularVelocitySigma;
  if (jacobians == nullptr) return true;
  if (jacobians[0] != nullptr) {
    Eigen::Matrix<double, 6, 6> J = Eigen::Matrix<double, 6, 6>::Zero();
    J.block<3, 3>(0, 3) = so3::Hat(velocity_body) / kSpeedSigma;
    Eigen::Map<Eigen::Matrix<double, 6, 7, Eigen::RowMajor>>{jacobians[0]} =
        J * PoseMinusJacobian(parameters[0]);
  }
  if (jacobians[1] != nullptr) {
    Eigen::Map<Eigen::Matrix<double, 6, 9, Eigen::RowMajor>> J(jacobians[1]);
    J.setZero();
    J.block<3, 3>(0, 0) = R_body_world / kSpeedSigma;
    J.block<3, 3>(3, 3).diagonal().setConstant(-1 / kAngularVelocitySigma);
  }
  return true;
}

}  // namespace nightjar
