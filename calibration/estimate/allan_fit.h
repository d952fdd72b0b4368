// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cmath>
#include <vector>

#include "calibration/estimate/allan_variance.h"

namespace nightjar {

/// A measured Allan curve with what is needed to weigh it.
struct AllanCurve {
  double interval_s = 0;
  std::vector<int64_t> piece_sizes;  // samples
  std::vector<AllanPoint> points;    // by rising width
  /// Of how many independent sensors this is the mean curve: divides the covariance.
  int sensors = 1;
};

/// Noise parameters fitted to an Allan curve.
struct AllanFit {
  NoiseSquares squares = NoiseSquares::Zero();  // N^2, K^2, B^2; none is negative
  /// 1 sigma of them; infinite for a term that was not fitted.
  NoiseSquares sigmas = NoiseSquares::Constant(HUGE_VAL);
  bool has_bias_instability = false;
  size_t first_point = 0;  // the points that were fitted begin here
  double chi_square = 0;   // of the residuals, with the full covariance
  int degrees_of_freedom = 0;
  /// Whether chi_square is what chance gives (to one in a million). Where it is not, the sigmas
  /// are enlarged by sqrt(chi_square / degrees_of_freedom) (Birge's ratio).
  bool follows_model = false;
};

/// Generalised least squares in the squares of the parameters, in which the curve is linear, with
/// the full covariance of the points at the fitted parameters (iterated: this solves the estimating
/// equation A' C^-1 (v - A x) = 0). Fitted are N and K. Where these do not explain the curve, B is
/// added, and the shortest averaging times (up to `kShortest_s`) are left out one after the other:
/// a sensor's own low-pass filter lies there.
///
/// The curve needs at least four points.
AllanFit FitAllanCurve(const AllanCurve& curve);

/// Averaging times up to this may be left out, s.
inline constexpr double kShortest_s = 0.5;

}  // namespace nightjar
