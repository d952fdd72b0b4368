// SPDX-License-Identifier: Apache-2.0
#include "fusion/inertial_scale.h"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "fusion/imu_preintegration.h"

namespace nightjar {
namespace {

using Vector7d = Eigen::Matrix<double, 7, 1>;  // scale, gravity, bias of the accelerometer
using Matrix7d = Eigen::Matrix<double, 7, 7>;
using Matrix37d = Eigen::Matrix<double, 3, 7>;

constexpr size_t kLeastTriples = 8;
constexpr double kMostSigma = 0.2;  // of the scale, relative
// Between the keyframes of a triple. Over shorter times the accelerometer is what the estimator
// places keyframes by, however wrong the scale of the whole is.
constexpr double kStep_s = 0.8, kLongestInterval_s = 2;
constexpr double kGravity = 9.81;  // m/s^2
// What a wrong scale may have bent the levelling by, and how far from 9.81 gravity may be, m/s^2.
constexpr double kLevelSigma = 0.5, kGravitySigma = 0.05;
constexpr double kBiasSigma = 0.2;  // m/s^2
constexpr int kReweightings = 5;
constexpr double kHuber = 1.5;  // of the residuals' own sigma

// A x = b, m/s^2.
struct Triple {
  Matrix37d A;
  Eigen::Vector3d b;
};

std::optional<ImuPreintegration> Between(const NavigationState& from, const NavigationState& to,
                                         const ImuBuffer& imu, const ImuNoise& noise) {
  const double dt = ToSeconds(to.time - from.time);
  if (!(dt > 0 && dt < kLongestInterval_s) || imu.LongestGap(from.time, to.time) > kImuGap ||
      imu.AnyClipped(from.time, to.time))
    return std::nullopt;
  return Preintegrate(imu.Between(from.time, to.time), noise, from.gyro_bias,
                      Eigen::Vector3d::Zero());
}

Triple Equation(const NavigationState& s0, const NavigationState& s1, const NavigationState& s2,
                const ImuPreintegration& i1, const ImuPreintegration& i2) {
  const double dt1 = ToSeconds(s1.time - s0.time), dt2 = ToSeconds(s2.time - s1.time);
  const double mean = 0.5 * (dt1 + dt2);
  const Eigen::Matrix3d R0 = s0.T_world_body.RotationMatrix();
  const Eigen::Matrix3d R1 = s1.T_world_body.RotationMatrix();
  const auto position_by_bias = [](const ImuPreintegration& i) -> Eigen::Matrix3d {
    return i.bias_jacobian().block<3, 3>(0, 3);
  };
  const Eigen::Matrix3d velocity_by_bias = i1.bias_jacobian().block<3, 3>(6, 3);
  const auto place = [](const NavigationState& s) { return s.T_world_body.translation; };
  Triple triple;
  triple.A.col(0) = (place(s2) - place(s1)) / dt2 - (place(s1) - place(s0)) / dt1;
  triple.A.middleCols<3>(1) = -mean * Eigen::Matrix3d::Identity();
  triple.A.rightCols<3>() =
      -(R0 * (velocity_by_bias - position_by_bias(i1) / dt1) + R1 * position_by_bias(i2) / dt2);
  triple.b =
      R0 * (i1.delta_velocity() - i1.delta_position() / dt1) + R1 * i2.delta_position() / dt2;
  triple.A /= mean;
  triple.b /= mean;
  return triple;
}

// The first keyframe that is kStep_s or more behind this one; none: the number of them.
size_t Next(std::span<const Keyframe> keyframes, size_t from) {
  const SensorTime start = keyframes[from].state.time;
  size_t next = from;
  while (next < keyframes.size() && ToSeconds(keyframes[next].state.time - start) < kStep_s) ++next;
  return next;
}

std::vector<Triple> Equations(std::span<const Keyframe> keyframes, const ImuBuffer& imu,
                              const ImuNoise& noise) {
  std::vector<Triple> triples;
  for (size_t k = 0; k < keyframes.size(); ++k) {
    const size_t second = Next(keyframes, k);
    if (second == keyframes.size()) break;
    const size_t third = Next(keyframes, second);
    if (third == keyframes.size()) break;
    const NavigationState &s0 = keyframes[k].state, &s1 = keyframes[second].state,
                          &s2 = keyframes[third].state;
    const auto first_interval = Between(s0, s1, imu, noise);
    const auto second_interval = Between(s1, s2, imu, noise);
    if (first_interval && second_interval)
      triples.push_back(Equation(s0, s1, s2, *first_interval, *second_interval));
  }
  return triples;
}

double MedianOf(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

}  // namespace

std::optional<InertialScale> MeasureInertialScale(std::span<const Keyframe> keyframes,
                                                  const ImuBuffer& imu, const ImuNoise& noise) {
  const std::vector<Triple> triples = Equations(keyframes, imu, noise);
  if (triples.size() < kLeastTriples) return std::nullopt;
  Vector7d prior = Vector7d::Zero(), prior_sigma;
  prior[3] = -kGravity;
  prior_sigma << 1e3, kLevelSigma, kLevelSigma, kGravitySigma, kBiasSigma, kBiasSigma, kBiasSigma;
  const Vector7d prior_information = prior_sigma.cwiseAbs2().cwiseInverse();

  Vector7d x = prior;
  x[0] = 1;
  std::vector<double> weights(triples.size(), 1), sizes(triples.size());
  double sigma = 1;  // of a component of an equation, m/s^2
  Matrix7d information;
  for (int i = 0; i < kReweightings; ++i) {
    information = prior_information.asDiagonal();
    Vector7d right = prior_information.cwiseProduct(prior);
    for (size_t k = 0; k < triples.size(); ++k) {
      const double weight = weights[k] / (sigma * sigma);
      information += weight * triples[k].A.transpose() * triples[k].A;
      right += weight * triples[k].A.transpose() * triples[k].b;
    }
    x = information.ldlt().solve(right);
    for (size_t k = 0; k < triples.size(); ++k) sizes[k] = (triples[k].A * x - triples[k].b).norm();
    // The median length of three normal numbers is 1.538 sigma.
    sigma = std::max(1e-3, MedianOf(sizes) / 1.538);
    for (size_t k = 0; k < triples.size(); ++k)
      weights[k] = std::min(1.0, kHuber * std::numbers::sqrt3 * sigma / std::max(sizes[k], 1e-12));
  }
  double signal = 0;
  for (const Triple& triple : triples) signal += triple.A.col(0).squaredNorm();
  signal /= 3 * static_cast<double>(triples.size());
  // Triples overlap: as many are independent as there are steps in the time that they span.
  const double span_s = ToSeconds(keyframes.back().state.time - keyframes.front().state.time);
  const double overlap = std::max(1.0, static_cast<double>(triples.size()) * kStep_s / span_s);
  const Matrix7d covariance = overlap * information.inverse();
  // Noise of a regressor makes its factor smaller by the ratio of the variances.
  const double attenuation = std::min(1.0, sigma * sigma / std::max(signal, 1e-12));
  InertialScale result;
  result.scale = x[0];
  result.sigma = std::hypot(std::sqrt(covariance(0, 0)), attenuation * x[0]);
  if (!(result.scale > 0 && result.sigma < kMostSigma * result.scale)) return std::nullopt;
  return result;
}

}  // namespace nightjar
