// SPDX-License-Identifier: Apache-2.0
#include "fusion/zero_velocity_cost.h"

namespace nightjar {

bool ZeroVelocityCost::Evaluate(double const* const* parameters, double* residuals,
                                double** jacobians) const {
  const Eigen::Map<const Eigen::Matrix<double, 9, 1>> motion(parameters[1]);
  Eigen::Map<Eigen::Matrix<double, 6, 1>> r(residuals);
  r << motion.head<3>() / kSpeedSigma,
      (angular_velocity_body_ - motion.segment<3>(3)) / kAngularVelocitySigma;
  if (jacobians == nullptr) return true;
  if (jacobians[0] != nullptr) {
    Eigen::Map<Eigen::Matrix<double, 6, 7, Eigen::RowMajor>>{jacobians[0]}.setZero();
  }
  if (jacobians[1] != nullptr) {
    Eigen::Map<Eigen::Matrix<double, 6, 9, Eigen::RowMajor>> J(jacobians[1]);
    J.setZero();
    J.block<3, 3>(0, 0).diagonal().setConstant(1 / kSpeedSigma);
    J.block<3, 3>(3, 3).diagonal().setConstant(-1 / kAngularVelocitySigma);
  }
  return true;
}

}  // namespace nightjar
