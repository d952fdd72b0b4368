// SPDX-License-Identifier: Apache-2.0
#include "fusion/start_cost.h"

#include "core/so3.h"
#include "fusion/pose_manifold.h"

namespace nightjar {
StartCost::StartCost(const StartBelief& belief) : belief_(belief) {
  const Eigen::Vector3d u = belief.up_body.unitOrthogonal();
  tangent_.row(0) = u;
  tangent_.row(1) = belief.up_body.cross(u);
}

bool StartCost::Evaluate(double const* const* parameters, double* residuals,
                         double** jacobians) const {
  using Eigen::Matrix3d;
  using Eigen::Vector3d;
  const Matrix3d R_body_world = PoseFromBlock(parameters[0]).RotationMatrix().transpose();
  const Eigen::Map<const Eigen::Matrix<double, 9, 1>> motion(parameters[1]);
  const Vector3d up_body = R_body_world.col(2);
  const Vector3d velocity_body = R_body_world * motion.head<3>();

  Eigen::Map<Eigen::Matrix<double, 11, 1>> r(residuals);
  r << tangent_ * (up_body - belief_.up_body) / belief_.up_sigma_rad,
      velocity_body / belief_.speed_sigma_m_s,
      (motion.segment<3>(3) - belief_.gyro_bias) / belief_.gyro_bias_sigma,
      (motion.tail<3>() - belief_.accelerometer_bias) / belief_.accelerometer_bias_sigma;
  if (jacobians == nullptr) return true;
  if (jacobians[0] != nullptr) {
    Eigen::Matrix<double, 11, 6> J = Eigen::Matrix<double, 11, 6>::Zero();
    J.block<2, 3>(0, 3) = tangent_ * so3::Hat(up_body) / belief_.up_sigma_rad;
    J.block<3, 3>(2, 3) = so3::Hat(velocity_body) / belief_.speed_sigma_m_s;
    Eigen::Map<Eigen::Matrix<double, 11, 7, Eigen::RowMajor>>{jacobians[0]} =
        J * PoseMinusJacobian(parameters[0]);
  }
  if (jacobians[1] != nullptr) {
    Eigen::Map<Eigen::Matrix<double, 11, 9, Eigen::RowMajor>> J(jacobians[1]);
    J.setZero();
    J.block<3, 3>(2, 0) = R_body_world / belief_.speed_sigma_m_s;
    J.block<3, 3>(5, 3).diagonal().setConstant(1 / belief_.gyro_bias_sigma);
    J.block<3, 3>(8, 6).diagonal().setConstant(1 / belief_.accelerometer_bias_sigma);
  }
  return true;
}

bool GaugeCost::Evaluate(double const* const* parameters, double* residuals,
                         double** jacobians) const {
  const Se3 pose = PoseFromBlock(parameters[0]);
  const Eigen::Vector3d turned_world = so3::Log(pose.rotation * T_world_body_.rotation.conjugate());
  Eigen::Map<Eigen::Vector4d> r(residuals);
  r << pose.translation - T_world_body_.translation, turned_world.z();
  r *= weight_;
  if (jacobians != nullptr && jacobians[0] != nullptr) {
    const Eigen::Matrix3d R = pose.RotationMatrix();
    Eigen::Matrix<double, 4, 6> J = Eigen::Matrix<double, 4, 6>::Zero();
    J.block<3, 3>(0, 0) = R;
    // R Exp(theta) = Exp(R theta) R, and Log(Exp(d) Q) ~ Log(Q) + J_l^-1(Log Q) d.
    J.block<1, 3>(3, 3) = (so3::LeftJacobianInverse(turned_world) * R).row(2);
    Eigen::Map<Eigen::Matrix<double, 4, 7, Eigen::RowMajor>>{jacobians[0]} =
        weight_ * J * PoseMinusJacobian(parameters[0]);
  }
  return true;
}

}  // namespace nightjar
