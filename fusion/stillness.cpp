// SPDX-License-Identifier: Apache-2.0
#include "fusion/stillness.h"

#include <cmath>
#include <vector>

namespace nightjar {
namespace {

constexpr Duration kMemory = std::chrono::milliseconds(500);
// Frames need not come exactly half a second apart.
constexpr Duration kLeastMemory = std::chrono::milliseconds(400);
constexpr Duration kLongestGap = std::chrono::milliseconds(100);
constexpr size_t kLeastTracks = 10;
// A turn without end is no bias: beyond three sigma of what is believed of one.
constexpr double kBiasSigmas = 3;
constexpr double kNoiseMargin = 1.5;  // the largest of three axes, from a hundred samples

Eigen::Vector3d Mean(const std::vector<ImuSample>& samples, Eigen::Vector3d ImuSample::*value) {
  Eigen::Vector3d mean = Eigen::Vector3d::Zero();
  for (const ImuSample& sample : samples) mean += sample.*value;
  return mean / static_cast<double>(samples.size());
}

// The largest standard deviation of any axis.
double Spread(const std::vector<ImuSample>& samples, Eigen::Vector3d ImuSample::*value) {
  const Eigen::Vector3d mean = Mean(samples, value);
  Eigen::Vector3d variance = Eigen::Vector3d::Zero();
  for (const ImuSample& sample : samples) variance += (sample.*value - mean).cwiseAbs2();
  return (variance / static_cast<double>(samples.size())).cwiseSqrt().maxCoeff();
}

Eigen::Vector3d MeanAngularVelocity(const ImuBuffer& imu, SensorTime begin, SensorTime end) {
  const ImuSignal signal = imu.Between(begin, end);
  Eigen::Vector3d turned = Eigen::Vector3d::Zero();
  for (size_t i = 1; i < signal.samples.size(); ++i) {
    const ImuSample& a = signal.samples[i - 1];
    const ImuSample& b = signal.samples[i];
    turned +=
        0.5 * ToSeconds(b.time - a.time) * (a.angular_velocity_body + b.angular_velocity_body);
  }
  return turned / ToSeconds(end - begin);
}

}  // namespace

StillnessDetector::StillnessDetector(const EstimatorOptions& options, const ImuNoise& noise)
    : options_(options), noise_(noise) {}

std::optional<Eigen::Vector3d> StillnessDetector::Add(const FrameObservations& frame,
                                                      const ImuBuffer& imu) {
  const std::optional<SensorTime> previous =
      recent_.empty() ? std::nullopt : std::optional(recent_.back().time);
  recent_.push_back(frame);
  while (frame.time - recent_.front().time > kMemory) recent_.pop_front();
  const FrameObservations& oldest = recent_.front();
  const bool still = options_.zero_velocity_updates && previous &&
                     frame.time - oldest.time >= kLeastMemory && ImuIsQuiet(frame.time, imu) &&
                     Compare(oldest, frame) == Tracks::kStand &&
                     (!onset_ || Compare(*onset_, frame) != Tracks::kMove);
  if (!still) {
    onset_.reset();
    return std::nullopt;
  }
  // Of the tracks of long ago too few may be left to tell anything.
  if (!onset_ || Compare(*onset_, frame) == Tracks::kTooFew) onset_ = oldest;
  return MeanAngularVelocity(imu, *previous, frame.time);
}

bool StillnessDetector::ImuIsQuiet(SensorTime time, const ImuBuffer& imu) const {
  if (imu.empty() || imu.oldest().time > time - kMemory) return false;
  if (imu.LongestGap(time - kMemory, time) > kLongestGap) return false;
  const std::vector<ImuSample> samples = imu.Between(time - kMemory, time).samples;
  const double root_rate = std::sqrt(static_cast<double>(samples.size()) / ToSeconds(kMemory));
  const auto quiet = [&](Eigen::Vector3d ImuSample::*value, double density, double allowed) {
    return Spread(samples, value) < std::hypot(allowed, kNoiseMargin * density * root_rate);
  };
  const double largest_bias = kBiasSigmas * options_.start_gyro_bias_sigma;
  return Mean(samples, &ImuSample::angular_velocity_body).norm() < largest_bias &&
         quiet(&ImuSample::angular_velocity_body, noise_.gyro_noise_density,
               options_.still_gyro_spread_rad_s) &&
         quiet(&ImuSample::specific_force_body, noise_.accelerometer_noise_density,
               options_.still_force_spread_m_s2);
}

StillnessDetector::Tracks StillnessDetector::Compare(const FrameObservations& from,
                                                     const FrameObservations& to) const {
  size_t shared = 0;
  size_t standing = 0;
  auto earlier = from.features.begin();
  for (const FeatureObservation& feature : to.features) {
    if (feature.camera != 0) continue;
    while (earlier != from.features.end() &&
           (earlier->track < feature.track || earlier->camera != 0)) {
      ++earlier;
    }
    if (earlier == from.features.end()) break;
    if (earlier->track != feature.track) continue;
    const double noise2 = (earlier->covariance + feature.covariance).trace();
    const double moved2 = (feature.pixel - earlier->pixel).squaredNorm();
    ++shared;
    standing += moved2 < options_.still_pixels * options_.still_pixels + noise2;
  }
  if (shared < kLeastTracks) return Tracks::kTooFew;
  return 2 * standing > shared ? Tracks::kStand : Tracks::kMove;
}

}  // namespace nightjar
