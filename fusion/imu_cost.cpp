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
using Motion9 = Eigen::Matrix<double, 9, 1>;  // velocity, gyro bias, accelerometer bias

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

ImuCost::Comparison ImuCost::Compare(double const* const* parameters) const {
  using Eigen::Vector3d;
  const Se3 pose_i = PoseFromBlock(parameters[0]);
  const Se3 pose_j = PoseFromBlock(parameters[2]);
  const Eigen::Map<const Motion9> motion_i(parameters[1]);
  const Eigen::Map<const Motion9> motion_j(parameters[3]);
  const double dt = preintegration_->duration_s();

  Eigen::Matrix<double, 6, 1> bias_change;
  bias_change << motion_i.segment<3>(3) - preintegration_->gyro_bias(),
      motion_i.tail<3>() - preintegration_->accelerometer_bias();
  const Eigen::Matrix<double, 9, 1> correction = preintegration_->bias_jacobian() * bias_change;

  Comparison states;
  states.R_body_world = pose_i.RotationMatrix().transpose();
  states.R_j_i = pose_j.RotationMatrix().transpose() * pose_i.RotationMatrix();
  states.travelled =
      states.R_body_world * (pose_j.translation - pose_i.translation - motion_i.head<3>() * dt -
                             0.5 * dt * dt * kGravityWorld);
  states.gained =
      states.R_body_world * (motion_j.head<3>() - motion_i.head<3>() - kGravityWorld * dt);
  states.rotation_correction = correction.segment<3>(3);
  const Eigen::Quaterniond turned =
      preintegration_->delta_rotation() * so3::Exp(states.rotation_correction);
  states.rotation_error =
      so3::Log(turned.conjugate() * pose_i.rotation.conjugate() * pose_j.rotation);
  states.error << states.travelled - preintegration_->delta_position() - correction.head<3>(),
      states.rotation_error,
      states.gained - preintegration_->delta_velocity() - correction.tail<3>();
  return states;
}

bool ImuCost::Evaluate(double const* const* parameters, double* residuals,
                       double** jacobians) const {
  const Comparison states = Compare(parameters);
  const Eigen::Map<const Motion9> motion_i(parameters[1]);
  const Eigen::Map<const Motion9> motion_j(parameters[3]);
  Eigen::Map<Eigen::Matrix<double, 15, 1>> r(residuals);
  r.head<9>() = sqrt_information_ * states.error;
  r.segment<3>(9) = gyro_walk_weight_ * (motion_j.segment<3>(3) - motion_i.segment<3>(3));
  r.tail<3>() = accelerometer_walk_weight_ * (motion_j.tail<3>() - motion_i.tail<3>());
  if (jacobians == nullptr) return true;
  if (jacobians[0] != nullptr) PoseIJacobian(states, parameters[0], jacobians[0]);
  if (jacobians[1] != nullptr) MotionIJacobian(states, jacobians[1]);
  if (jacobians[2] != nullptr) PoseJJacobian(states, parameters[2], jacobians[2]);
  if (jacobians[3] != nullptr) MotionJJacobian(states, jacobians[3]);
  return true;
}

void ImuCost::PoseIJacobian(const Comparison& states, const double* pose_i,
                            double* jacobian) const {
  Eigen::Matrix<double, 9, 6> J = Eigen::Matrix<double, 9, 6>::Zero();
  J.block<3, 3>(0, 0) = -Eigen::Matrix3d::Identity();
  J.block<3, 3>(0, 3) = so3::Hat(states.travelled);
  J.block<3, 3>(3, 3) = -so3::RightJacobianInverse(states.rotation_error) * states.R_j_i;
  J.block<3, 3>(6, 3) = so3::Hat(states.gained);
  Eigen::Map<Jacobian15<7>> out(jacobian);
  out.topRows<9>() = sqrt_information_ * J * PoseMinusJacobian(pose_i);
  out.bottomRows<6>().setZero();
}

void ImuCost::MotionIJacobian(const Comparison& states, double* jacobian) const {
  Matrix9d J = Matrix9d::Zero();
  J.block<3, 3>(0, 0) = -states.R_body_world * preintegration_->duration_s();
  J.block<3, 3>(6, 0) = -states.R_body_world;
  J.rightCols<6>() = -preintegration_->bias_jacobian();
  const Eigen::Matrix3d error_rotation = so3::Exp(states.rotation_error).toRotationMatrix();
  J.block<3, 3>(3, 3) = -so3::RightJacobianInverse(states.rotation_error) *
                        error_rotation.transpose() *
                        so3::RightJacobian(states.rotation_correction) *
                        preintegration_->bias_jacobian().block<3, 3>(3, 0);
  Eigen::Map<Jacobian15<9>> out(jacobian);
  out.setZero();
  out.topRows<9>() = sqrt_information_ * J;
  out.block<3, 3>(9, 3).diagonal().setConstant(-gyro_walk_weight_);
  out.block<3, 3>(12, 6).diagonal().setConstant(-accelerometer_walk_weight_);
}

void ImuCost::PoseJJacobian(const Comparison& states, const double* pose_j,
                            double* jacobian) const {
  Eigen::Matrix<double, 9, 6> J = Eigen::Matrix<double, 9, 6>::Zero();
  J.block<3, 3>(0, 0) = states.R_j_i.transpose();
  J.block<3, 3>(3, 3) = so3::RightJacobianInverse(states.rotation_error);
  Eigen::Map<Jacobian15<7>> out(jacobian);
  out.topRows<9>() = sqrt_information_ * J * PoseMinusJacobian(pose_j);
  out.bottomRows<6>().setZero();
}

void ImuCost::MotionJJacobian(const Comparison& states, double* jacobian) const {
  Matrix9d J = Matrix9d::Zero();
  J.block<3, 3>(6, 0) = states.R_body_world;
  Eigen::Map<Jacobian15<9>> out(jacobian);
  out.setZero();
  out.topRows<9>() = sqrt_information_ * J;
  out.block<3, 3>(9, 3).diagonal().setConstant(gyro_walk_weight_);
  out.block<3, 3>(12, 6).diagonal().setConstant(accelerometer_walk_weight_);
}

}  // namespace nightjar
