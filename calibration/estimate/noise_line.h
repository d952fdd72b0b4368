// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <span>

#include "calibration/estimate/straight_line.h"

namespace nightjar {

/// The temporal noise at one level of light: docs/maths/photon-transfer.md.
struct NoisePoint {
  double signal_dn = 0;     // mean above black
  double variance_dn2 = 0;  // over time, as measured
  double pixels = 0;        // that it was averaged over
  int frames = 2;           // of each pixel, >= 2
};

/// What rounding to whole DN takes away from variance + 1/12, the temporal variance that is
/// expected of a signal whose temporal variance is `analogue_dn2` before it is rounded: part of the
/// rounding error is the same in every frame. On average over pixels whose signals lie anywhere
/// between two steps; sum over k of exp(-4 pi^2 k^2 variance) / (2 pi^2 k^2). Below 1e-5 from 0.21
/// DN^2 on.
///
/// B. Widrow, I. Kollar, "Quantization Noise", Cambridge (2008), chapter 4.
double QuantisationDeficit(double analogue_dn2);

/// Below this variance, DN^2, little but the place between two steps decides what is measured.
/// (EMVA 1288 asks for 0.24, without a model of the deficit.)
inline constexpr double kLeastVarianceDn2 = 0.11;

/// variance = gain * signal + dark_variance, in DN; quantisation counts as 1/12 DN^2.
struct NoiseLine {
  StraightLine line;  // intercept: dark variance, DN^2; slope: DN per electron

  /// The temporal variance that is measured at a signal: the line less the deficit.
  double Expected(double signal_dn) const;
};

/// 1 sigma^2 of a point's variance about the line, errors of its mean included:
/// (2 V^2 / (n - 1) + gain^2 dark_variance / n) / pixels, V the expected variance.
double VarianceOfPoint(const NoisePoint& point, const NoiseLine& about);

/// Maximum likelihood by iterated weights, which are those of the fitted line: weights made of the
/// measured variances would favour what is too small by chance. Nothing when there are no two
/// different signals, or the fit does not settle on a line that is positive at the points.
std::optional<NoiseLine> FitNoiseLine(std::span<const NoisePoint> points);

}  // namespace nightjar
