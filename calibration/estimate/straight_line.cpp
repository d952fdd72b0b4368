// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/straight_line.h"

#include <algorithm>
#include <cmath>

#include "core/check.h"

namespace nightjar {
namespace {

// What chi2 exceeds in one of 1000 cases: E. B. Wilson, M. M. Hilferty, "The distribution of
// chi-square", PNAS 17 (1931).
double LargestByChance(int degrees_of_freedom) {
  constexpr double kNormalQuantile = 3.0902;
  const double share = 2 / (9.0 * degrees_of_freedom);
  const double root = 1 - share + kNormalQuantile * std::sqrt(share);
  return degrees_of_freedom * root * root * root;
}

}  // namespace

double GoodnessOfFit::SigmaScale() const {
  if (degrees_of_freedom < 1 || chi2 <= LargestByChance(degrees_of_freedom)) return 1;
  return std::sqrt(chi2 / degrees_of_freedom);
}

std::optional<StraightLine> FitStraightLine(std::span<const LinePoint> points) {
  double sum = 0, mean_x = 0, mean_y = 0;
  for (const LinePoint& point : points) {
    sum += 1 / point.variance;
    mean_x += point.x / point.variance;
    mean_y += point.y / point.variance;
  }
  if (points.empty()) return std::nullopt;
  mean_x /= sum;
  mean_y /= sum;
  double xx = 0, xy = 0, largest = 0;
  for (const LinePoint& point : points) {
    xx += (point.x - mean_x) * (point.x - mean_x) / point.variance;
    xy += (point.x - mean_x) * (point.y - mean_y) / point.variance;
    largest = std::max(largest, std::abs(point.x));
  }
  // What rounding leaves of equal numbers is not a spread.
  if (!(xx / sum > 1e-24 * largest * largest)) return std::nullopt;
  StraightLine line;
  line.slope = xy / xx;
  line.intercept = mean_y - line.slope * mean_x;
  line.covariance << 1 / sum + mean_x * mean_x / xx, -mean_x / xx, -mean_x / xx, 1 / xx;
  for (const LinePoint& point : points) {
    const double residual = point.y - line.At(point.x);
    line.fit.chi2 += residual * residual / point.variance;
  }
  line.fit.degrees_of_freedom = static_cast<int>(points.size()) - 2;
  return line;
}

Measured WeightedMean(std::span<const Measured> values) {
  NIGHTJAR_CHECK(!values.empty(), "there is no mean of nothing");
  Measured mean;
  int exact = 0;
  for (const Measured& given : values) {
    if (given.sigma > 0) continue;
    mean.value += given.value;
    ++exact;
  }
  if (exact > 0) return {mean.value / exact, 0};
  double sum = 0;
  for (const Measured& measured : values) {
    sum += 1 / (measured.sigma * measured.sigma);
    mean.value += measured.value / (measured.sigma * measured.sigma);
  }
  mean.value /= sum;
  GoodnessOfFit fit;
  for (const Measured& measured : values) {
    const double residual = (measured.value - mean.value) / measured.sigma;
    fit.chi2 += residual * residual;
  }
  fit.degrees_of_freedom = static_cast<int>(values.size()) - 1;
  mean.sigma = fit.SigmaScale() / std::sqrt(sum);
  return mean;
}

}  // namespace nightjar
