// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <span>
#include <vector>

#include "calibration/rig.h"
#include "core/imu_sample.h"
#include "core/trajectory.h"
#include "fusion/imu_buffer.h"

namespace nightjar {

using Matrix9d = Eigen::Matrix<double, 9, 9>;
using Matrix96d = Eigen::Matrix<double, 9, 6>;

/// What an interval of inertial samples says about the motion over it, independent of where the
/// motion began.
///
/// Forster, Carlone, Dellaert, Scaramuzza, "On-Manifold Preintegration for Real-Time
/// Visual-Inertial Odometry", TRO 2017. Midpoint rule in rotation and specific force; error order
/// [position, rotation, velocity], the rotation's as a right perturbation. Derivation:
/// docs/maths/imu-preintegration.md.
class ImuPreintegration {
 public:
  /// `gyro_bias`, `accelerometer_bias`: where the bias Jacobians are taken.
  ImuPreintegration(const ImuNoise& noise, const Eigen::Vector3d& gyro_bias,
                    const Eigen::Vector3d& accelerometer_bias);

  /// Adds the interval between two samples, values varying linearly in it. Equal times add nothing.
  /// `spacing_s`: how far apart the real measurements around it are; what the signal may have done
  /// between them becomes uncertainty. `clipped_s`: of ClippedRuns; what the motion may have been
  /// beyond the range becomes uncertainty too.
  void Integrate(const ImuSample& begin, const ImuSample& end, double spacing_s,
                 const PerAxis& clipped_s = PerAxis::Zero());

  double duration_s() const { return duration_s_; }
  const Eigen::Quaterniond& delta_rotation() const { return delta_rotation_; }
  const Eigen::Vector3d& delta_velocity() const { return delta_velocity_; }  // m/s, without gravity
  const Eigen::Vector3d& delta_position() const { return delta_position_; }  // m, without gravity
  const Eigen::Vector3d& gyro_bias() const { return gyro_bias_; }
  const Eigen::Vector3d& accelerometer_bias() const { return accelerometer_bias_; }
  const ImuNoise& noise() const { return noise_; }

  /// d [position, rotation, velocity] / d [gyro bias, accelerometer bias].
  const Matrix96d& bias_jacobian() const { return bias_jacobian_; }
  /// Of [position, rotation, velocity]: the white noise of the samples, what linear interpolation
  /// does not know over gaps and a clipped sensor of the motion, and a little for the integration
  /// rule. Positive definite once an interval was added.
  const Matrix9d& covariance() const { return covariance_; }

  /// The state at the end of the interval from the one at its beginning, with that state's biases
  /// (to first order about the bias of construction). The time advances by the interval.
  NavigationState Predict(const NavigationState& begin) const;

 private:
  ImuNoise noise_;
  Eigen::Vector3d gyro_bias_;
  Eigen::Vector3d accelerometer_bias_;
  double duration_s_ = 0;
  Eigen::Quaterniond delta_rotation_ = Eigen::Quaterniond::Identity();
  Eigen::Vector3d delta_velocity_ = Eigen::Vector3d::Zero();
  Eigen::Vector3d delta_position_ = Eigen::Vector3d::Zero();
  Matrix96d bias_jacobian_ = Matrix96d::Zero();
  Matrix9d covariance_ = Matrix9d::Zero();
};

ImuPreintegration Preintegrate(const ImuSignal& signal, const ImuNoise& noise,
                               const Eigen::Vector3d& gyro_bias,
                               const Eigen::Vector3d& accelerometer_bias);

/// The same for real measurements, in time order.
ImuPreintegration Preintegrate(std::span<const ImuSample> samples, const ImuNoise& noise,
                               const Eigen::Vector3d& gyro_bias,
                               const Eigen::Vector3d& accelerometer_bias);

}  // namespace nightjar
