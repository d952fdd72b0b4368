// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Geometry>
#include <optional>

#include "core/imu_sample.h"
#include "core/so3.h"
#include "core/time.h"

namespace nightjar {

/// The rotation of the body over an interval, from the gyro alone: trapezoid rule, the newest
/// sample held to the end of the interval, no bias removed. Good for predicting where features go
/// between two frames, not for an attitude.
class GyroRotation {
 public:
  /// Samples in time order.
  void Add(const ImuSample& sample) {
    if (newest_) {
      Advance(sample.time, 0.5 * (newest_->angular_velocity_body + sample.angular_velocity_body));
    } else {
      time_ = sample.time;
    }
    newest_ = sample;
  }

  /// R_previous_current from the last call's time (the first sample's, at first) to `time`, which
  /// is not before the newest sample. Identity without samples.
  Eigen::Quaterniond TakeUpTo(SensorTime time) {
    if (newest_) Advance(time, newest_->angular_velocity_body);
    const Eigen::Quaterniond taken = rotation_;
    rotation_ = Eigen::Quaterniond::Identity();
    return taken;
  }

  /// Of the newest sample, bias in it; zero without samples.
  Eigen::Vector3d angular_velocity_body() const {
    return newest_ ? newest_->angular_velocity_body : Eigen::Vector3d::Zero();
  }

 private:
  void Advance(SensorTime time, const Eigen::Vector3d& angular_velocity_body) {
    if (time <= time_) return;
    rotation_ =
        (rotation_ * so3::Exp(angular_velocity_body * ToSeconds(time - time_))).normalized();
    time_ = time;
  }

  std::optional<ImuSample> newest_;
  SensorTime time_;  // up to where `rotation_` reaches
  Eigen::Quaterniond rotation_ = Eigen::Quaterniond::Identity();
};

}  // namespace nightjar
