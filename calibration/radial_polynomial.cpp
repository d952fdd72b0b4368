// SPDX-License-Identifier: Apache-2.0
#include "calibration/radial_polynomial.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

namespace nightjar {
namespace {

double Evaluate(const std::vector<double>& c, double x) {
  double value = 0;
  for (size_t i = c.size(); i-- > 0;) value = value * x + c[i];
  return value;
}

// Cauchy's bound: no root is larger. Trailing zeros must have been removed.
double RootBound(const std::vector<double>& c) {
  double largest = 0;
  for (size_t i = 0; i + 1 < c.size(); ++i) largest = std::max(largest, std::abs(c[i] / c.back()));
  return 1 + largest;
}

double Bisect(const std::vector<double>& c, double low, double high) {
  const bool rises = Evaluate(c, low) < 0;
  // Until no number lies between the two: a bracket of any size needs at most the 2^11 exponents
  // and 53 bits.
  for (int i = 0; i < 2200; ++i) {
    const double middle = 0.5 * (low + high);
    if (!(middle > low && middle < high)) break;
    ((Evaluate(c, middle) < 0) == rises ? low : high) = middle;
  }
  return low;
}

double FirstTurningPoint(const std::vector<double>& coefficients, double limit) {
  std::vector<double> slope = {1.0};  // in x = r^2
  for (size_t i = 0; i < coefficients.size(); ++i)
    slope.push_back((2.0 * i + 3.0) * coefficients[i]);
  while (slope.back() == 0) slope.pop_back();  // ends at the leading 1
  if (slope.size() == 1) return limit;
  const double end = std::min(limit * limit, RootBound(slope));
  if (!std::isfinite(end)) return limit;
  const std::vector<double> roots = SignChanges(slope, 0, end);
  return roots.empty() ? limit : std::sqrt(roots.front());
}

}  // namespace

std::vector<double> SignChanges(const std::vector<double>& c, double begin, double end) {
  if (c.size() < 2) return {};
  std::vector<double> derivative;
  for (size_t i = 1; i < c.size(); ++i) derivative.push_back(static_cast<double>(i) * c[i]);
  std::vector<double> knots = SignChanges(derivative, begin, end);
  knots.insert(knots.begin(), begin);
  knots.push_back(end);
  std::vector<double> roots;
  for (size_t i = 0; i + 1 < knots.size(); ++i) {
    if ((Evaluate(c, knots[i]) < 0) != (Evaluate(c, knots[i + 1]) < 0)) {
      roots.push_back(Bisect(c, knots[i], knots[i + 1]));
    }
  }
  return roots;
}

RadialPolynomial::RadialPolynomial(std::vector<double> coefficients, double limit)
    : coefficients_(std::move(coefficients)),
      valid_radius_(FirstTurningPoint(coefficients_, limit)) {}

double RadialPolynomial::Scale(double radius2) const {
  double value = 0;
  for (size_t i = coefficients_.size(); i-- > 0;) value = (value + coefficients_[i]) * radius2;
  return 1 + value;
}

double RadialPolynomial::Slope(double radius2) const {
  double value = 0;
  for (size_t i = coefficients_.size(); i-- > 0;)
    value = (value + (2.0 * i + 3.0) * coefficients_[i]) * radius2;
  return 1 + value;
}

double RadialPolynomial::ScaleDerivative(double radius2) const {
  double value = 0;
  for (size_t i = coefficients_.size(); i-- > 0;)
    value = value * radius2 + (i + 1.0) * coefficients_[i];
  return value;
}

std::optional<double> RadialPolynomial::Invert(double distorted) const {
  if (!(distorted >= 0) || !std::isfinite(distorted)) return std::nullopt;
  const auto f = [this](double radius) { return radius * Scale(radius * radius); };
  double low = 0;
  double high = valid_radius_;
  if (std::isinf(high)) {
    high = std::max(1.0, distorted);
    while (std::isfinite(high) && f(high) < distorted) high *= 2;
  }
  if (!std::isfinite(high) || !(distorted < f(high))) return std::nullopt;
  double radius = std::min(distorted, 0.5 * high);
  for (int i = 0; i < 200; ++i) {
    const double residual = f(radius) - distorted;
    if (residual == 0) return radius;
    (residual < 0 ? low : high) = radius;
    double next = radius - residual / Slope(radius * radius);
    if (!(next > low && next < high)) next = 0.5 * (low + high);
    if (std::abs(next - radius) <= std::numeric_limits<double>::epsilon() * radius) return next;
    radius = next;
  }
  return radius;
}

}  // namespace nightjar
