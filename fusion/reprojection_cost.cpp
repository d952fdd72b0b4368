// SPDX-License-Identifier: Apache-2.0
#include "fusion/reprojection_cost.h"

#include <Eigen/Cholesky>
#include <algorithm>

#include "core/so3.h"
#include "fusion/pose_manifold.h"

namespace nightjar {
namespace {

using Matrix27d = Eigen::Matrix<double, 2, 7, Eigen::RowMajor>;
using Matrix23rd = Eigen::Matrix<double, 2, 3, Eigen::RowMajor>;

// The whitened residual of a (scaled) point in the target camera and d residual / d point; false
// when unprojectable.
bool Residual(const ReprojectionMeasurement& measurement, const Eigen::Vector3d& point_camera,
              double* residuals, Matrix23d* J_residual_point) {
  Eigen::Map<Eigen::Vector2d> r(residuals);
  const auto pixel = measurement.target->model->Project(point_camera, J_residual_point);
  if (!pixel) {
    r.setConstant(kUnprojectable);
    return false;
  }
  r = measurement.sqrt_information * (*pixel - measurement.pixel);
  if (J_residual_point != nullptr) {
    *J_residual_point = (measurement.sqrt_information * *J_residual_point).eval();
  }
  return true;
}

void SetZero(double** jacobians, std::initializer_list<int> sizes) {
  int block = 0;
  for (const int size : sizes) {
    if (jacobians[block] != nullptr) std::fill_n(jacobians[block], 2 * size, 0.0);
    ++block;
  }
}

}  // namespace

ReprojectionMeasurement::ReprojectionMeasurement(const RigCamera& host_camera,
                                                 const RigCamera& target_camera,
                                                 const FeatureObservation& observation)
    : host(&host_camera), target(&target_camera), pixel(observation.pixel) {
  const Eigen::Matrix2d L = observation.covariance.llt().matrixL();
  sqrt_information = L.inverse();
}

bool ReprojectionCost::Evaluate(double const* const* parameters, double* residuals,
                                double** jacobians) const {
  using Eigen::Matrix3d;
  using Eigen::Vector3d;
  const Se3 host = PoseFromBlock(parameters[0]);
  const Se3 target = PoseFromBlock(parameters[1]);
  const double inverse_distance = parameters[2][2];
  const Se3& T_body_host = measurement_.host->T_body_camera;
  const Se3& T_body_target = measurement_.target->T_body_camera;

  // Every point is scaled by the inverse distance: finite for landmarks at infinity, and projection
  // does not care.
  Eigen::Matrix<double, 3, 2> J_bearing;
  const Vector3d bearing =
      BearingFromStereographic(Eigen::Map<const Eigen::Vector2d>(parameters[2]),
                               jacobians != nullptr ? &J_bearing : nullptr);
  const Matrix3d R_host = host.RotationMatrix();
  const Matrix3d R_target_world = target.RotationMatrix().transpose();
  const Matrix3d R_camera_body = T_body_target.RotationMatrix().transpose();
  const Vector3d point_host =
      T_body_host.rotation * bearing + inverse_distance * T_body_host.translation;
  const Vector3d point_target =
      R_target_world *
      (R_host * point_host + inverse_distance * (host.translation - target.translation));
  const Vector3d point_camera =
      R_camera_body * (point_target - inverse_distance * T_body_target.translation);

  Matrix23d J_point;
  if (!Residual(measurement_, point_camera, residuals, jacobians != nullptr ? &J_point : nullptr)) {
    if (jacobians != nullptr) SetZero(jacobians, {kPoseSize, kPoseSize, kLandmarkSize});
    return true;
  }
  if (jacobians == nullptr) return true;

  const Matrix23d J_target = J_point * R_camera_body;  // by point_target
  const Matrix3d R_target_host = R_target_world * R_host;
  const Matrix23d J_host = J_target * R_target_host;  // by point_host
  if (jacobians[0] != nullptr) {
    Eigen::Matrix<double, 2, 6> J;
    J << inverse_distance * J_host, -J_host * so3::Hat(point_host);
    Eigen::Map<Matrix27d>{jacobians[0]} = J * PoseMinusJacobian(parameters[0]);
  }
  if (jacobians[1] != nullptr) {
    Eigen::Matrix<double, 2, 6> J;
    J << -inverse_distance * J_target, J_target * so3::Hat(point_target);
    Eigen::Map<Matrix27d>{jacobians[1]} = J * PoseMinusJacobian(parameters[1]);
  }
  if (jacobians[2] != nullptr) {
    Eigen::Map<Matrix23rd> J(jacobians[2]);
    J.leftCols<2>() = J_host * T_body_host.RotationMatrix() * J_bearing;
    J.rightCols<1>() = J_target * (R_target_host * T_body_host.translation +
                                   R_target_world * (host.translation - target.translation) -
                                   T_body_target.translation);
  }
  return true;
}

bool HostReprojectionCost::Evaluate(double const* const* parameters, double* residuals,
                                    double** jacobians) const {
  Eigen::Matrix<double, 3, 2> J_bearing;
  const Eigen::Vector3d bearing =
      BearingFromStereographic(Eigen::Map<const Eigen::Vector2d>(parameters[0]),
                               jacobians != nullptr ? &J_bearing : nullptr);
  const Eigen::Vector3d point_camera =
      T_target_host_.rotation * bearing + parameters[0][2] * T_target_host_.translation;
  Matrix23d J_point;
  if (!Residual(measurement_, point_camera, residuals, jacobians != nullptr ? &J_point : nullptr)) {
    if (jacobians != nullptr) SetZero(jacobians, {kLandmarkSize});
    return true;
  }
  if (jacobians != nullptr && jacobians[0] != nullptr) {
    Eigen::Map<Matrix23rd> J(jacobians[0]);
    J.leftCols<2>() = J_point * T_target_host_.RotationMatrix() * J_bearing;
    J.rightCols<1>() = J_point * T_target_host_.translation;
  }
  return true;
}

}  // namespace nightjar
