// SPDX-License-Identifier: Apache-2.0
#include "fusion/pause_cost.h"

#include <Eigen/Core>

#include "core/se3.h"
#include "core/so3.h"
#include "fusion/pose_manifold.h"

namespace nightjar {
namespace {

constexpr double kPosition = 1 / 100.0;         // 1/m
constexpr double kRotation = 1 / 3.0;           // 1/rad
constexpr double kVelocity = 1 / 5.0;           // s/m
constexpr double kGyroBias = 1 / 0.02;          // s/rad
constexpr double kAccelerometerBias = 1 / 0.1;  // s^2/m

using Jacobian6 = Eigen::Matrix<double, 15, 6>;
using Jacobian9 = Eigen::Matrix<double, 15, 9>;

}  // namespace

bool PauseCost::Evaluate(double const* const* parameters, double* residuals,
                         double** jacobians) const {
  using Eigen::Matrix3d;
  using Eigen::Vector3d;
  const Se3 pose_i = PoseFromBlock(parameters[0]);
  const Se3 pose_j = PoseFromBlock(parameters[2]);
  const Eigen::Map<const Eigen::Matrix<double, 9, 1>> motion_i(parameters[1]);
  const Eigen::Map<const Eigen::Matrix<double, 9, 1>> motion_j(parameters[3]);
  const Matrix3d R_i_world = pose_i.RotationMatrix().transpose();
  const Matrix3d R_j_world = pose_j.RotationMatrix().transpose();
  const Vector3d moved = R_i_world * (pose_j.translation - pose_i.translation);
  const Vector3d turned = so3::Log(pose_i.rotation.conjugate() * pose_j.rotation);
  const Vector3d velocity_i = R_i_world * motion_i.head<3>();
  const Vector3d velocity_j = R_j_world * motion_j.head<3>();

  Eigen::Map<Eigen::Matrix<double, 15, 1>> r(residuals);
  r << kPosition * moved, kRotation * turned, kVelocity * (velocity_j - velocity_i),
      kGyroBias * (motion_j.segment<3>(3) - motion_i.segment<3>(3)),
      kAccelerometerBias * (motion_j.tail<3>() - motion_i.tail<3>());
  if (jacobians == nullptr) return true;

  const Matrix3d J_r_inverse = so3::RightJacobianInverse(turned);
  if (jacobians[0] != nullptr) {
    Jacobian6 J = Jacobian6::Zero();
    J.block<3, 3>(0, 0) = -kPosition * Matrix3d::Identity();
    J.block<3, 3>(0, 3) = kPosition * so3::Hat(moved);
    J.block<3, 3>(3, 3) = -kRotation * J_r_inverse * R_j_world * R_i_world.transpose();
    J.block<3, 3>(6, 3) = -kVelocity * so3::Hat(velocity_i);
    Eigen::Map<Eigen::Matrix<double, 15, 7, Eigen::RowMajor>>{jacobians[0]} =
        J * PoseMinusJacobian(parameters[0]);
  }
  if (jacobians[2] != nullptr) {
    Jacobian6 J = Jacobian6::Zero();
    J.block<3, 3>(0, 0) = kPosition * R_i_world * R_j_world.transpose();
    J.block<3, 3>(3, 3) = kRotation * J_r_inverse;
    J.block<3, 3>(6, 3) = kVelocity * so3::Hat(velocity_j);
    Eigen::Map<Eigen::Matrix<double, 15, 7, Eigen::RowMajor>>{jacobians[2]} =
        J * PoseMinusJacobian(parameters[2]);
  }
  for (const int block : {1, 3}) {
    if (jacobians[block] == nullptr) continue;
    const double sign = block == 1 ? -1 : 1;
    Jacobian9 J = Jacobian9::Zero();
    J.block<3, 3>(6, 0) = sign * kVelocity * (block == 1 ? R_i_world : R_j_world);
    J.block<3, 3>(9, 3).diagonal().setConstant(sign * kGyroBias);
    J.block<3, 3>(12, 6).diagonal().setConstant(sign * kAccelerometerBias);
    Eigen::Map<Eigen::Matrix<double, 15, 9, Eigen::RowMajor>>{jacobians[block]} = J;
  }
  return true;
}

}  // namespace nightjar
