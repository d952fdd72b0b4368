// SPDX-License-Identifier: Apache-2.0
#include "fusion/start_belief.h"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

#include "core/so3.h"
#include "fusion/imu_preintegration.h"

namespace nightjar {
namespace {

// A mean specific force below this, m/s^2, has no direction worth anything: free fall, a dead
// sensor, or g as the unit.
constexpr double kLeastForce = 0.3;
constexpr double kUnknownUpSigmaRad = 2;

// How wrong the direction of the mean specific force, in the body at the end, may be: 1 sigma of
// its worst axis, rad, from what gaps and clipped samples leave open.
double DirectionSigma(const ImuPreintegration& motion) {
  const Eigen::Matrix3d R_end_begin = motion.delta_rotation().conjugate().toRotationMatrix();
  const Eigen::Vector3d sum = R_end_begin * motion.delta_velocity();
  Eigen::Matrix<double, 3, 9> J = Eigen::Matrix<double, 3, 9>::Zero();
  J.block<3, 3>(0, 3) = so3::Hat(sum);
  J.block<3, 3>(0, 6) = R_end_begin;
  // What lies along the direction does not turn it.
  const Eigen::Vector3d up = sum.normalized();
  J -= (up * (up.transpose() * J)).eval();
  const Eigen::Matrix3d covariance = J * motion.covariance() * J.transpose();
  return std::sqrt(covariance.selfadjointView<Eigen::Lower>().operatorNorm()) / sum.norm();
}

}  // namespace

StartBelief BelieveFromImu(const ImuBuffer& imu, SensorTime time, const EstimatorOptions& options) {
  StartBelief belief;
  belief.up_sigma_rad = options.start_up_sigma_rad;
  belief.speed_sigma_m_s = options.start_speed_sigma_m_s;
  belief.gyro_bias_sigma = options.start_gyro_bias_sigma;
  belief.accelerometer_bias_sigma = options.start_accelerometer_bias_sigma;
  if (imu.empty()) return belief;
  // No further back than there are samples: a held one would outweigh the real ones, and across a
  // gap nobody knows how the body turned.
  const SensorTime begin =
      imu.UnbrokenSince(time - FromSeconds(options.start_up_window_s), time, kImuGap);
  const ImuPreintegration motion =
      Preintegrate(imu.Between(std::min(begin, time), time), ImuNoise{}, Eigen::Vector3d::Zero(),
                   Eigen::Vector3d::Zero());
  // The velocity gained without gravity, in the body at the beginning, is the sum of the specific
  // force. With a single sample there is no interval.
  const double duration = motion.duration_s();
  const Eigen::Vector3d force =
      duration > 0 ? motion.delta_rotation().conjugate() * motion.delta_velocity() / duration
                   : imu.At(time).specific_force_body;
  if (force.norm() > kLeastForce) {
    belief.up_body = force.normalized();
    if (duration > 0) {
      belief.up_sigma_rad =
          std::min(kUnknownUpSigmaRad, std::hypot(belief.up_sigma_rad, DirectionSigma(motion)));
    }
  } else {
    belief.up_sigma_rad = kUnknownUpSigmaRad;
  }
  return belief;
}

Eigen::Quaterniond AttitudeFromUp(const Eigen::Vector3d& up_body) {
  const Eigen::Vector3d ahead_body =
      std::abs(up_body.x()) < 0.9 ? Eigen::Vector3d::UnitX() : Eigen::Vector3d::UnitZ();
  Eigen::Matrix3d R_body_world;
  R_body_world.col(2) = up_body;
  R_body_world.col(1) = up_body.cross(ahead_body).normalized();
  R_body_world.col(0) = R_body_world.col(1).cross(up_body);
  return Eigen::Quaterniond(R_body_world.transpose()).normalized();
}

}  // namespace nightjar
