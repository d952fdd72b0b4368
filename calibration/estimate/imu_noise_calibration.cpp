// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/imu_noise_calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace nightjar {
namespace {

constexpr double kKnownFrom = 3;     // sigma of the square
constexpr double kOneSided = 1.645;  // 95 %
constexpr double kRareDrift = 4.5;   // sigma
constexpr double kRareDifference = 5;

NoiseEstimate Estimate(const AllanFit& fit, NoiseTerm term) {
  const double square = fit.squares[static_cast<int>(term)];
  const double sigma = fit.sigmas[static_cast<int>(term)];
  NoiseEstimate estimate;
  if (square > 0 && square >= kKnownFrom * sigma) {
    estimate.value = std::sqrt(square);
    estimate.sigma = sigma / (2 * estimate.value);
  } else {
    estimate.limit = std::sqrt(square + kOneSided * sigma);
  }
  return estimate;
}

void FitNoise(AxisNoise& noise) {
  noise.fit = FitAllanCurve(noise.curve);
  noise.density = Estimate(noise.fit, NoiseTerm::kWhite);
  noise.random_walk = Estimate(noise.fit, NoiseTerm::kRandomWalk);
  if (noise.fit.has_bias_instability)
    noise.bias_instability = Estimate(noise.fit, NoiseTerm::kBiasInstability);
}

AllanCurve CurveOf(const EvenSamples& samples) {
  AllanCurve curve;
  curve.interval_s = samples.interval_s;
  for (const auto& piece : samples.pieces)
    curve.piece_sizes.push_back(static_cast<int64_t>(piece.size()));
  curve.points = OverlappingAllanVariance(samples);
  return curve;
}

double MeanOf(const std::vector<double>& values, size_t begin, size_t end) {
  double sum = 0;
  for (size_t i = begin; i < end; ++i) sum += values[i] - values.front();
  return values.front() + sum / static_cast<double>(end - begin);
}

// The slope between the first and the last eighth of the longest piece, per second, when it is
// more than this noise makes of itself; otherwise 0.
double ImprobableDrift(const EvenSamples& samples, const AllanFit& fit) {
  const auto longest =
      std::max_element(samples.pieces.begin(), samples.pieces.end(),
                       [](const auto& a, const auto& b) { return a.size() < b.size(); });
  const size_t part = longest->size() / 8;
  const double part_s = static_cast<double>(part) * samples.interval_s;
  const double difference =
      MeanOf(*longest, longest->size() - part, longest->size()) - MeanOf(*longest, 0, part);
  // Two means 7/8 of the piece apart. A random walk's grow by K^2 (distance - part / 3).
  const double variance = 2 * fit.squares[0] / part_s + fit.squares[1] * part_s * (7 - 1.0 / 3) +
                          fit.squares[2] * 2;  // flicker: a generous allowance
  if (std::abs(difference) < kRareDrift * std::sqrt(variance)) return 0;
  return difference / (7 * part_s);
}

void RemoveDrift(EvenSamples& samples, double drift_per_s) {
  for (auto& piece : samples.pieces) {
    for (size_t i = 0; i < piece.size(); ++i)
      piece[i] -= drift_per_s * samples.interval_s * static_cast<double>(i);
  }
}

AxisNoise CalibrateAxis(EvenSamples& samples) {
  AxisNoise noise;
  noise.curve = CurveOf(samples);
  FitNoise(noise);
  noise.drift_per_s = ImprobableDrift(samples, noise.fit);
  if (noise.drift_per_s == 0) return noise;
  RemoveDrift(samples, noise.drift_per_s);
  noise.curve = CurveOf(samples);
  FitNoise(noise);
  return noise;
}

AxisNoise Combine(const std::array<AxisNoise, 3>& axes) {
  AxisNoise combined;
  combined.curve = axes[0].curve;
  combined.curve.sensors = 3;
  for (size_t i = 0; i < combined.curve.points.size(); ++i) {
    double& mean = combined.curve.points[i].variance;
    mean = 0;
    for (const AxisNoise& axis : axes) mean += axis.curve.points[i].variance / 3;
  }
  FitNoise(combined);
  return combined;
}

void AddNotes(const std::string& sensor, const SensorNoise& noise, const char* unit,
              std::vector<std::string>& notes) {
  double least = HUGE_VAL, most = 0, sigma = 0;
  for (size_t k = 0; k < 3; ++k) {
    const AxisNoise& axis = noise.axes[k];
    const std::string name = fmt::format("{} {}", sensor, "xyz"[k]);
    if (axis.drift_per_s != 0) {
      notes.push_back(fmt::format(
          "{} drifts by {:.3g} {} per hour, more than its random walk: as with temperature; the "
          "straight part was removed, let the sensor warm up and record again",
          name, 3600 * axis.drift_per_s, unit));
    }
    if (!axis.fit.follows_model)
      notes.push_back(name + " does not follow the model: its sigmas are enlarged");
    if (axis.fit.first_point > 0) {
      notes.push_back(fmt::format("{} is fitted from {:.3g} s on: faster noise is not white", name,
                                  axis.curve.points[axis.fit.first_point].tau_s));
    }
    least = std::min(least, axis.density.value);
    most = std::max(most, axis.density.value);
    sigma = std::sqrt(sigma * sigma + axis.density.sigma * axis.density.sigma);
  }
  if (most - least > kRareDifference * sigma && most > 1.1 * least) {
    notes.push_back(fmt::format("the axes of the {} differ: noise densities of {:.3g} to {:.3g}",
                                sensor, least, most));
  }
  if (!noise.combined.random_walk.IsKnown())
    notes.push_back("the log is too short for the random walk of the " + sensor);
}

}  // namespace

ImuNoise ImuNoiseCalibration::Noise() const {
  return {gyro.combined.density.value, gyro.combined.random_walk.value,
          accelerometer.combined.density.value, accelerometer.combined.random_walk.value};
}

ImuNoise ImuNoiseCalibration::Sigmas() const {
  return {gyro.combined.density.sigma, gyro.combined.random_walk.sigma,
          accelerometer.combined.density.sigma, accelerometer.combined.random_walk.sigma};
}

Result<ImuNoiseCalibration> CalibrateImuNoise(const std::vector<ImuSample>& samples) {
  Result<EvenImu> even = MakeEven(samples);
  if (!even) return tl::unexpected(even.error());
  if (Status still = CheckStill(*even); !still) return tl::unexpected(still.error());
  ImuNoiseCalibration calibration;
  calibration.rate_hz = 1 / even->axes[0].interval_s;
  calibration.duration_s = ToSeconds(samples.back().time - samples.front().time);
  calibration.samples = static_cast<int64_t>(samples.size());
  calibration.bridged = even->bridged;
  calibration.pieces = static_cast<int64_t>(even->axes[0].pieces.size());
  for (size_t axis = 0; axis < kImuAxes; ++axis) {
    SensorNoise& sensor = axis < 3 ? calibration.gyro : calibration.accelerometer;
    sensor.axes[axis % 3] = CalibrateAxis(even->axes[axis]);
    even->axes[axis].pieces.clear();
  }
  for (SensorNoise* sensor : {&calibration.gyro, &calibration.accelerometer})
    sensor->combined = Combine(sensor->axes);
  if (calibration.bridged > 0)
    calibration.notes.push_back(
        fmt::format("{} missing samples were bridged", calibration.bridged));
  if (calibration.pieces > 1)
    calibration.notes.push_back(fmt::format("gaps cut the log into {} pieces", calibration.pieces));
  AddNotes("gyro", calibration.gyro, "rad/s", calibration.notes);
  AddNotes("accelerometer", calibration.accelerometer, "m/s^2", calibration.notes);
  return calibration;
}

}  // namespace nightjar
