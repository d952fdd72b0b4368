// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ceres/manifold.h>

#include <Eigen/Core>

#include "fusion/parameter_blocks.h"

namespace nightjar {

using Matrix67d = Eigen::Matrix<double, 6, 7, Eigen::RowMajor>;
using Matrix76d = Eigen::Matrix<double, 7, 6, Eigen::RowMajor>;

/// SE(3) with the project's right perturbation: Plus(T, delta) = T * Exp(delta), delta = [rho,
/// theta], and Minus(T1, T0) = Log(T0^-1 * T1). Ceres' EigenQuaternionManifold is no substitute: it
/// is left-multiplicative and takes half angles.
class PoseManifold final : public ceres::Manifold {
 public:
  int AmbientSize() const override { return kPoseSize; }
  int TangentSize() const override { return kPoseTangentSize; }
  bool Plus(const double* x, const double* delta, double* x_plus_delta) const override;
  bool PlusJacobian(const double* x, double* jacobian) const override;
  bool Minus(const double* y, const double* x, double* y_minus_x) const override;
  bool MinusJacobian(const double* x, double* jacobian) const override;
};

/// d Minus(y, x) / dy at y = x, 6x7. A cost function that knows its Jacobian by delta gives Ceres
/// J_delta * PoseMinusJacobian(x): Ceres multiplies by PlusJacobian, and the two cancel.
Matrix67d PoseMinusJacobian(const double* pose);

}  // namespace nightjar
