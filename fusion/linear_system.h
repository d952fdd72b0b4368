// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <ceres/cost_function.h>
#include <ceres/loss_function.h>

#include <Eigen/Core>
#include <span>
#include <vector>

namespace nightjar {

/// One parameter block of a factor, as a linear system sees it. `value` and `linearisation` are
/// ambient arrays of the size that the factor expects (fusion/parameter_blocks.h) and may be the
/// same array.
struct LinearBlock {
  enum class Kind { kPose, kMotion, kLandmark };
  Kind kind = Kind::kPose;
  int column = 0;                 // first tangent column in the system; ignored for landmarks
  const double* value = nullptr;  // where the residual is taken
  const double* linearisation = nullptr;  // where the Jacobian is taken
};

/// A factor: cost(blocks), robustified by `loss` unless null. Nothing is owned.
struct LinearFactor {
  const ceres::CostFunction* cost = nullptr;
  const ceres::LossFunction* loss = nullptr;
  std::vector<LinearBlock> blocks;
};

/// The normal equations |J dx + r|^2 of one factor, or of all factors of a landmark after its
/// elimination: H dx = -b over a few columns of the whole system.
///
/// Jacobians are taken at the linearisation points and residuals at the values, then moved to the
/// linearisation points to first order: r0 = r(value) - J (value [-] linearisation). That is what
/// keeps the null space of the marginalisation prior (first-estimate Jacobians: Huang, Mourikis,
/// Roumeliotis, "Observability-based Rules for Designing Consistent EKF SLAM Estimators", IJRR
/// 2010). Robust losses enter as the weight at the value.
struct NormalEquations {
  struct Span {
    int column = 0;  // in the whole system
    int from = 0;    // in H and b
    int size = 0;
  };
  std::vector<Span> spans;
  Eigen::MatrixXd H;
  Eigen::VectorXd b;
};

/// Of a factor without landmarks.
NormalEquations Linearise(const LinearFactor& factor);

/// Of all factors of one landmark, which is eliminated by projecting on the left null space of its
/// Jacobian. Empty when they say no more than where the landmark is.
NormalEquations LineariseLandmark(std::span<const LinearFactor> factors);

/// A dense system of normal equations, for a window's worth of states.
class LinearSystem {
 public:
  explicit LinearSystem(int columns)
      : H_(Eigen::MatrixXd::Zero(columns, columns)), b_(Eigen::VectorXd::Zero(columns)) {}

  void Add(const NormalEquations& equations);

  const Eigen::MatrixXd& H() const { return H_; }
  const Eigen::VectorXd& b() const { return b_; }

 private:
  Eigen::MatrixXd H_;
  Eigen::VectorXd b_;
};

}  // namespace nightjar
