// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>

namespace nightjar {

/// A number that was measured, and its 1 sigma in the same unit; sigma 0: it was given, not
/// measured.
struct Measured {
  double value = 0;
  double sigma = 0;
};

/// How badly measurements fit a model of known noise: sum of (residual / sigma)^2, and how many of
/// them are left after the model's parameters.
struct GoodnessOfFit {
  double chi2 = 0;
  int degrees_of_freedom = 0;

  /// What the sigmas of the parameters have to be multiplied by, because the model is not as true
  /// as the noise is small: 1 where chi2 can be chance (at 1 in 1000), otherwise sqrt(chi2 /
  /// degrees_of_freedom), R. T. Birge's ratio (Phys. Rev. 40, 207, 1932).
  double SigmaScale() const;
};

/// One measured point; `variance`: of y, > 0.
struct LinePoint {
  double x = 0;
  double y = 0;
  double variance = 1;
};

/// y = intercept + slope x.
struct StraightLine {
  double intercept = 0;
  double slope = 0;
  Eigen::Matrix2d covariance = Eigen::Matrix2d::Zero();  // of (intercept, slope), from `variance`
  GoodnessOfFit fit;

  double At(double x) const { return intercept + slope * x; }
  /// Of At(x).
  double Variance(double x) const {
    return covariance(0, 0) + 2 * x * covariance(0, 1) + x * x * covariance(1, 1);
  }
};

/// Weighted least squares, which is maximum likelihood for normal errors of y. Nothing when the
/// points do not have two different x.
std::optional<StraightLine> FitStraightLine(std::span<const LinePoint> points);

/// The mean weighted by 1 / sigma^2, its sigma scaled by SigmaScale. When some have sigma 0 the
/// mean of those, with sigma 0. `values` is not empty.
Measured WeightedMean(std::span<const Measured> values);

}  // namespace nightjar
