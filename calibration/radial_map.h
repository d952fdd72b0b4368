// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>
#include <vector>

namespace nightjar {

/// The odd function by which a lens moves a ray away from or towards the optical axis:
///
///     f(r) = r * (1 + k[0] r^2 + k[1] r^4 + ...) / (1 + q[0] r^2 + q[1] r^4 + ...)
///
/// with r the undistorted radius (tangent of the angle, or the angle in rad); q is empty for a
/// polynomial. It describes a lens only up to the radius at which it turns back or has a pole:
/// beyond, two directions share a pixel.
class RadialMap {
 public:
  /// `limit`: the largest radius that means anything, > 0; may be infinite.
  RadialMap(std::vector<double> numerator, double limit, std::vector<double> denominator = {});

  /// f(r) / r, as a function of r^2.
  double Scale(double radius2) const;
  /// d f / d r, as a function of r^2.
  double Slope(double radius2) const;
  /// d (f(r) / r) / d (r^2).
  double ScaleDerivative(double radius2) const;
  /// d (f(r) / r) / d (k, then q), as a function of r^2.
  Eigen::RowVectorXd ScaleByCoefficients(double radius2) const;

  /// f rises strictly on [0, valid_radius()): the first root of its slope or pole, or the limit.
  double valid_radius() const { return valid_radius_; }

  /// The radius in [0, valid_radius()) that f maps to `distorted`, or nothing when there is none.
  /// Safeguarded Newton.
  std::optional<double> Invert(double distorted) const;

  const std::vector<double>& numerator() const { return numerator_; }
  const std::vector<double>& denominator() const { return denominator_; }

 private:
  std::vector<double> numerator_;
  std::vector<double> denominator_;
  double valid_radius_;
};

/// The real roots of c[0] + c[1] x + ... + c[n] x^n at which the sign changes, inside (begin, end),
/// rising. `end` must be finite. Roots are bracketed between those of the derivative, so none is
/// missed or found twice.
std::vector<double> SignChanges(const std::vector<double>& c, double begin, double end);

}  // namespace nightjar
