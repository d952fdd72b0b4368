// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/noise_line.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "core/portable_math.h"

namespace nightjar {
namespace {

constexpr double kRounding = 1.0 / 12;  // DN^2, of a signal that lies anywhere between two steps

// Of QuantisationDeficit.
double DeficitSlope(double analogue_dn2) {
  double slope = 0;
  for (int k = 1; k <= 8; ++k) slope -= 2 * portable::Exp(-4 * M_PI * M_PI * k * k * analogue_dn2);
  return slope;
}

// A variance that can be worked with while the iteration has not settled.
double Positive(double variance) { return std::max(variance, kLeastVarianceDn2); }

// The point as one of the straight line: its measured variance without the deficit, by one step of
// Newton's method from the line's value there.
LinePoint Linearised(const NoisePoint& point, const NoiseLine& about) {
  const double total = Positive(about.line.At(point.signal_dn));
  const double analogue = std::max(total - kRounding, 0.0);
  const double expected = total - QuantisationDeficit(analogue);
  const double rise = 1 - DeficitSlope(analogue);
  return {point.signal_dn, total + (point.variance_dn2 - expected) / rise,
          VarianceOfPoint(point, about) / (rise * rise)};
}

// The start: every point weighted by its own variance.
std::optional<StraightLine> FirstLine(std::span<const NoisePoint> points) {
  std::vector<LinePoint> line_points;
  for (const NoisePoint& point : points) {
    const double variance = Positive(point.variance_dn2);
    line_points.push_back({point.signal_dn, point.variance_dn2,
                           2 * variance * variance / (point.pixels * (point.frames - 1))});
  }
  return FitStraightLine(line_points);
}

}  // namespace

double QuantisationDeficit(double analogue_dn2) {
  double deficit = 0;
  for (int k = 1; k <= 8; ++k)
    deficit += portable::Exp(-4 * M_PI * M_PI * k * k * analogue_dn2) / (2 * M_PI * M_PI * k * k);
  return deficit;
}

double NoiseLine::Expected(double signal_dn) const {
  const double total = line.At(signal_dn);
  return total - QuantisationDeficit(std::max(total - kRounding, 0.0));
}

double VarianceOfPoint(const NoisePoint& point, const NoiseLine& about) {
  const double variance = Positive(about.Expected(point.signal_dn));
  const double gain = about.line.slope;
  const double of_mean = gain * gain * std::max(about.line.intercept, 0.0) / point.frames;
  return (2 * variance * variance / (point.frames - 1) + of_mean) / point.pixels;
}

std::optional<NoiseLine> FitNoiseLine(std::span<const NoisePoint> points) {
  const std::optional<StraightLine> first = FirstLine(points);
  if (!first) return std::nullopt;
  NoiseLine fitted{*first};
  constexpr int kMostSteps = 100;
  for (int step = 0; step < kMostSteps; ++step) {
    std::vector<LinePoint> line_points;
    for (const NoisePoint& point : points) line_points.push_back(Linearised(point, fitted));
    const std::optional<StraightLine> next = FitStraightLine(line_points);
    if (!next) return std::nullopt;
    const double change =
        std::abs(next->slope - fitted.line.slope) / std::sqrt(next->covariance(1, 1)) +
        std::abs(next->intercept - fitted.line.intercept) / std::sqrt(next->covariance(0, 0));
    fitted.line = *next;
    if (change < 1e-6) break;
    if (step + 1 == kMostSteps) return std::nullopt;
  }
  for (const NoisePoint& point : points)
    if (!(fitted.line.At(point.signal_dn) > 0)) return std::nullopt;
  return fitted;
}

}  // namespace nightjar
