// SPDX-License-Identifier: Apache-2.0
#include "spatial/believable.h"

#include <Eigen/Eigenvalues>

namespace nightjar {
namespace {

// Of variances in m^2, rad^2 and the like: below it is what rounding leaves of zero.
constexpr double kNoVariance = 1e-18;
constexpr double kRounding = 1e-5;

}  // namespace

bool IsCrossCovariance(const Eigen::Ref<const Eigen::MatrixXd>& cross,
                       const Eigen::Ref<const Eigen::VectorXd>& variances_rows,
                       const Eigen::Ref<const Eigen::VectorXd>& variances_columns) {
  if (!cross.allFinite()) return false;
  for (Eigen::Index row = 0; row < cross.rows(); ++row) {
    for (Eigen::Index column = 0; column < cross.cols(); ++column) {
      const double most = (variances_rows[row] + kNoVariance) *
                          (variances_columns[column] + kNoVariance) * (1 + kRounding);
      if (!(cross(row, column) * cross(row, column) <= most)) return false;
    }
  }
  return true;
}

bool IsCovariance(const Eigen::Ref<const Eigen::MatrixXd>& covariance) {
  const Eigen::VectorXd variances = covariance.diagonal();
  if (!covariance.allFinite() || !(variances.minCoeff() >= 0)) return false;
  if (!IsCrossCovariance(covariance, variances, variances)) return false;
  const Eigen::VectorXd scale = variances.unaryExpr(
      [](double variance) { return variance > kNoVariance ? 1 / std::sqrt(variance) : 0.0; });
  const Eigen::MatrixXd correlation = scale.asDiagonal() * covariance * scale.asDiagonal();
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(correlation, Eigen::EigenvaluesOnly);
  return solver.eigenvalues().minCoeff() >= -kRounding;
}

}  // namespace nightjar
