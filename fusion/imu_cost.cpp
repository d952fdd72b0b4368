// SPDX-License-Identifier: Apache-2.0
#include "fusion/imu_cost.h"

#include <Eigen/Cholesky>
#include <cmath>
#include <utility>

#include "core/check.h"
#include "core/so3.h"
#include "fusion/pose_manifold.h"

namespace nightjar {
namespace {

// Added to every correlation matrix: what rounding can take away from it.
constexpr double kRounding = 1e-10;

template <int kColumns>
using Jacobian15 = Eigen::Matrix<double, 15, kColumns, Eigen::RowMajor>;

}  // namespace

ImuCost::ImuCost(std::shared_ptr<const ImuPreintegration> preintegration)
    : preintegration_(std::move(preintegration)) {
  const double dt = preintegration_->duration_s();
  NIGHTJAR_CHECK(dt > 0, "an inertial factor needs an interval");
  // Scaled to unit diagonal: over a long interval position and rotation differ by many decades.
  const Eigen::Matrix<double, 9, 1> scale =
      preintegration_->covariance().diagonal().cwiseSqrt().cwiseInverse();
  const Matrix9d correlation =
      scale.asDiagonal() * preintegration_->covariance() * scale.asDiagonal();
  const Eigen::LLT<Matrix9d> factor(correlation + kRounding * Matrix9d::Identity());
  NIGHTJAR_CHECK(factor.info() == Eigen::Success, "preintegrated covariance is positive definite");
  sqrt_information_ = factor.matrixL().solve(Matrix9d::Identity()) * scale.asDiagonal();
  const ImuNoise& noise = preintegration_->noise();
  gyro_walk_weight_ = 1 / (noise.gyro_random_walk * std::sqrt(dt));
  accelerometer_walk_weight_ = 1 / (noise.accelerometer_random_walk * std::sqrt(dt));
}

bool ImuCost::Evaluate(double const* const* parameters, double* residuals,
                       double** jacobians) const {
  using Eigen::Matrix3d;
  using Eigen::Vector3d;
  const Se3 pose_i = PoseFromBlock(parameters[0]);
  const Se3 pose_j = PoseFromBlock(parameters[2]);
  const Eigen::Map<const Eigen::Matrix<double, 9, 1>> motion_i(parameters[1]);
  const Eigen::Map<const Eigen::Matrix<double, 9, 1>> motion_j(parameters[3]);
  const double dt = preintegration_->duration_s();

  Eigen::Matrix<double, 6, 1> bias_change;
  bias_change << motion_i.segment<3>(3) - preintegration_->gyro_bias(),
      motion_i.tail<3>() - preintegration_->accelerometer_bias();
  const Eigen::Matrix<double, 9, 1> correction = preintegration_->bias_jacobian() * bias_change;

  const Matrix3d R_body_world = pose_i.RotationMatrix().transpose();
  const Vector3d travelled =
      R_body_world * (pose_j.translation - pose_i.translation - motion_i.head<3>() * dt -
                      0.5 * dt * dt * kGravityWorld);
  const Vector3d gained =
      R_body_world * (motion_j.head<3>() - motion_i.head<3>() - kGravityWorld * dt);
  const Eigen::Quaterniond turned =
      preintegration_->delta_rotation() * so3::Exp(correction.segment<3>(3));
  const Vector3d rotation_error =
      so3::Log(turned.conjugate() * pose_i.rotation.conjugate() * pose_j.rotation);

  Eigen::Matrix<double, 9, 1> error;
  error << travelled - preintegration_->delta_position() - correction.head<3>(), rotation_error,
      gained - preintegration_->delta_velocity() - correction.tail<3>();
  Eigen::Map<Eigen::Matrix<double, 15, 1>> r(residuals);
  r.head<9>() = sqrt_information_ * error;
  r.segment<3>(9) = gyro_walk_weight_ * (motion_j.segment<3>(3) - motion_i.segment<3>(3));
  r.tail<3>() = accelerometer_walk_weight_ * (motion_j.tail<3>() - motion_i.tail<3>());
  if (jacobians == nullptr) return true;

  const Matrix3d J_r_inverse = so3::RightJacobianInverse(rotation_error);
  const Matrix3d R_j_i = pose_j.RotationMatrix().transpose() * pose_i.RotationMatrix();
  if (jacobians[0] != nullptr) {
    Eigen::Matrix<double, 9, 6> J = Eigen::Matrix<double, 9, 6>::Zero();
    J.block<3, 3>(0, 0) = -Matrix3d::Identity();
    J.block<3, 3>(0, 3) = so3::Hat(travelled);
    J.block<3, 3>(3, 3) = -J_r_inverse * R_j_i;
    J.block<3, 3>(6, 3) = so3::Hat(gained);
    Eigen::Map<Jacobian15<7>> out(jacobians[0]);
    out.topRows<9>() = sqrt_information_ * J * PoseMinusJacobian(parameters[0]);
    out.bottomRows<6>().setZero();
  }
  if (jacobians[1] != nullptr) {
    Matrix9d J = Matrix9d::Zero();
    J.block<3, 3>(0, 0) = -R_body_world * dt;
    J.block<3, 3>(6, 0) = -R_body_world;
    J.rightCols<6>() = -preintegration_->bias_jacobian();
    const Matrix3d error_rotation = so3::Exp(rotation_error).toRotationMatrix();
    J.block<3, 3>(3, 3) = -J_r_inverse * error_rotation.transpose() *
                          so3::RightJacobian(correction.segment<3>(3)) *
                          preintegration_->bias_jacobian().block<3, 3>(3, 0);
    Eigen::Map<Jacobian15<9>> out(jacobians[1]);
    out.setZero();
    out.topRows<9>() = sqrt_information_ * J;
    out.block<3, 3>(9, 3).diagonal().setConstant(-gyro_walk_weight_);
    out.block<3, 3>(12, 6).diagonal().setConstant(-accelerometer_walk_weight_);
  }
  if (jacobians[2] != nullptr) {
    Eigen::Matrix<double, 9, 6> J = Eigen::Matrix<double, 9, 6>::Zero();
    J.block<3, 3>(0, 0) = R_j_i.transpose();
    J.block<3, 3>(3, 3) = J_r_inverse;
    Eigen::Map<Jacobian15<7>> out(jacobians[2]);
    out.topRows<9>() = sqrt_information_ * J * PoseMinusJacobian(parameters[2]);
    out.bottomRows<6>().setZero();
  }
  if (jacobians[3] != nullptr) {
    Matrix9d J = Matrix9d::Zero();
    J.block<3, 3>(6, 0) = R_body_world;
    Eigen::Map<Jacobian15<9>> out(jacobians[3]);
    out.setZero();
    out.topRows<9>() = sqrt_information_ * J;
    out.block<3, 3>(9, 3).diagonal().setConstant(gyro_walk_weight_);
    out.block<3, 3>(12, 6).diagonal().setConstant(accelerometer_walk_weight_);
  }
  return true;
}

}  // namespace nightjar
