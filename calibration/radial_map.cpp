// SPDX-License-Identifier: Apache-2.0
#include "calibration/radial_map.h"

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

// 1 + k[0] x + k[1] x^2 + ... as a list of coefficients.
std::vector<double> WithLeadingOne(const std::vector<double>& k) {
  std::vector<double> c = {1.0};
  c.insert(c.end(), k.begin(), k.end());
  return c;
}

std::vector<double> Product(const std::vector<double>& a, const std::vector<double>& b) {
  std::vector<double> c(a.size() + b.size() - 1, 0.0);
  for (size_t i = 0; i < a.size(); ++i)
    for (size_t k = 0; k < b.size(); ++k) c[i + k] += a[i] * b[k];
  return c;
}

// The least positive x below `limit` at which a polynomial that begins with 1 changes its sign, or
// the limit.
double FirstSignChange(std::vector<double> c, double limit) {
  while (c.back() == 0) c.pop_back();  // ends at the leading 1
  if (c.size() == 1) return limit;
  const double end = std::min(limit, RootBound(c));
  if (!std::isfinite(end)) return limit;
  const std::vector<double> roots = SignChanges(c, 0, end);
  return roots.empty() ? limit : roots.front();
}

// With x = r^2, N / D the scale: f' = (N + 2 x N') / D - 2 x N D' / D^2, whose sign is that of
// (N + 2 x N') D - 2 x N D'. Multiplying c[i] x^i by x d/dx gives i c[i] x^i.
double ValidRadius(const std::vector<double>& k, const std::vector<double>& q, double limit) {
  const std::vector<double> N = WithLeadingOne(k);
  const std::vector<double> D = WithLeadingOne(q);
  std::vector<double> N_slope = N, D_slope = D;
  for (size_t i = 0; i < N.size(); ++i) N_slope[i] *= 2.0 * i + 1.0;
  for (size_t i = 0; i < D.size(); ++i) D_slope[i] *= 2.0 * i;
  std::vector<double> slope = Product(N_slope, D);
  const std::vector<double> falling = Product(N, D_slope);
  for (size_t i = 0; i < slope.size(); ++i) slope[i] -= falling[i];
  const double limit2 = limit * limit;
  const double turn2 = std::min(FirstSignChange(slope, limit2), FirstSignChange(D, limit2));
  return turn2 == limit2 ? limit : std::sqrt(turn2);
}

// 1 + k[0] x + ... and its derivative by x.
double Value(const std::vector<double>& k, double x) {
  double value = 0;
  for (size_t i = k.size(); i-- > 0;) value = (value + k[i]) * x;
  return 1 + value;
}
double Derivative(const std::vector<double>& k, double x) {
  double value = 0;
  for (size_t i = k.size(); i-- > 0;) value = value * x + (i + 1.0) * k[i];
  return value;
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

RadialMap::RadialMap(std::vector<double> numerator, double limit, std::vector<double> denominator)
    : numerator_(std::move(numerator)),
      denominator_(std::move(denominator)),
      valid_radius_(ValidRadius(numerator_, denominator_, limit)) {}

double RadialMap::Scale(double radius2) const {
  return Value(numerator_, radius2) / Value(denominator_, radius2);
}

double RadialMap::Slope(double radius2) const {
  return Scale(radius2) + 2 * radius2 * ScaleDerivative(radius2);
}

double RadialMap::ScaleDerivative(double radius2) const {
  const double D = Value(denominator_, radius2);
  return (Derivative(numerator_, radius2) - Scale(radius2) * Derivative(denominator_, radius2)) / D;
}

Eigen::RowVectorXd RadialMap::ScaleByCoefficients(double radius2) const {
  const double D = Value(denominator_, radius2);
  Eigen::RowVectorXd J(numerator_.size() + denominator_.size());
  Eigen::Index column = 0;
  double power = 1 / D;
  for (size_t i = 0; i < numerator_.size(); ++i) J[column++] = power *= radius2;
  power = -Scale(radius2) / D;
  for (size_t i = 0; i < denominator_.size(); ++i) J[column++] = power *= radius2;
  return J;
}

std::optional<double> RadialMap::Invert(double distorted) const {
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
