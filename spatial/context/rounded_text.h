// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>

namespace nightjar {

/// Numbers with as many digits as their uncertainty leaves: 1 sigma is rounded up to one digit, and
/// the last digit of the value stands where that digit does (GUM, 7.2.6), never finer than
/// `finest`, a power of ten. Where sigma is not known (not finite or negative) the value stops at
/// ten times the finest.
struct RoundedText {
  /// sigma in the value's unit.
  RoundedText(double sigma, double finest);

  /// "3.14", "-0.2", "1200"; without the minus of a rounded-away negative; "?" when not finite.
  std::string Value(double value) const;
  std::string Sigma() const;  // "0.02", "?"
  /// Value with sigma: "3.14±0.02".
  std::string Both(double value) const { return Value(value) + "±" + Sigma(); }

  double unit;   // of the last digit
  int decimals;  // behind the point
  double sigma;  // rounded up; negative: not known
};

/// The root of a variance: infinite where that is not finite, which is not known.
inline double SigmaOf(double variance) {
  if (!std::isfinite(variance)) return std::numeric_limits<double>::infinity();
  return std::sqrt(std::max(0.0, variance));
}

/// Metres to the centimetre at the finest; degrees to the whole degree.
inline RoundedText Metres(double sigma_m) { return {sigma_m, 0.01}; }
inline RoundedText Degrees(double sigma_deg) { return {sigma_deg, 1}; }

}  // namespace nightjar
