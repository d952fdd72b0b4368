// SPDX-License-Identifier: Apache-2.0
#include "fusion/imu_preintegration.h"

#include <algorithm>

#include "core/check.h"
#include "core/so3.h"

namespace nightjar {
namespace {

// What the midpoint rule leaves, m/sqrt(s). Also keeps the covariance of a single step, in which
// six noises make nine errors, positive definite.
constexpr double kIntegrationNoiseDensity = 1e-4;

// Between samples the signal is taken as linear. Over a gap it may have done something else: it is
// believed to have changed by this much for every second beyond the usual spacing.
constexpr double kUsualSpacing_s = 0.02;
constexpr double kAngularVelocityChange = 10;  // rad/s^2, 1 sigma
constexpr double kSpecificForceChange = 20;    // m/s^3, 1 sigma

// The motion beyond a range is believed to be, as a share of the range, RMS. A range that is
// exceeded at all is seldom exceeded by more than it is wide: devices are built for their motion.
constexpr double kBeyondRange = 0.5;

double Square(double value) { return value * value; }

// The variance that the mean of a step gets from clipping, per axis. The excess has one sign and is
// nearly constant over a run, so it is one unknown e for all of its steps, as a gap's is: white
// noise of density e^2 T over a run of length T gives the variance (e T)^2 at its end.
PerAxis ClippedVariance(const ImuSample& begin, const ImuSample& end, const PerAxis& clipped_s,
                        double dt) {
  PerAxis range;
  range << begin.angular_velocity_body.cwiseAbs().cwiseMax(end.angular_velocity_body.cwiseAbs()),
      begin.specific_force_body.cwiseAbs().cwiseMax(end.specific_force_body.cwiseAbs());
  return (kBeyondRange * range).cwiseAbs2().cwiseProduct(clipped_s) / dt;
}

}  // namespace

ImuPreintegration::ImuPreintegration(const ImuNoise& noise, const Eigen::Vector3d& gyro_bias,
                                     const Eigen::Vector3d& accelerometer_bias)
    : noise_(noise), gyro_bias_(gyro_bias), accelerometer_bias_(accelerometer_bias) {}

void ImuPreintegration::Integrate(const ImuSample& begin, const ImuSample& end, double spacing_s,
                                  const PerAxis& clipped_s) {
  const double dt = ToSeconds(end.time - begin.time);
  NIGHTJAR_CHECK(dt >= 0, "inertial samples must be in time order");
  if (dt == 0) return;

  const Eigen::Vector3d angle =
      (0.5 * (begin.angular_velocity_body + end.angular_velocity_body) - gyro_bias_) * dt;
  const Eigen::Vector3d force0 = begin.specific_force_body - accelerometer_bias_;
  const Eigen::Vector3d force1 = end.specific_force_body - accelerometer_bias_;
  const Eigen::Quaterniond step = so3::Exp(angle);
  const Eigen::Matrix3d R0 = delta_rotation_.toRotationMatrix();
  const Eigen::Quaterniond rotation1 = (delta_rotation_ * step).normalized();
  const Eigen::Matrix3d R1 = rotation1.toRotationMatrix();
  const Eigen::Vector3d acceleration = 0.5 * (R0 * force0 + R1 * force1);

  // How the error [p, theta, v] and the biases at the beginning reach the end of the step.
  const Eigen::Matrix3d dtheta_dtheta = step.toRotationMatrix().transpose();
  const Eigen::Matrix3d dtheta_dgyro = -so3::RightJacobian(angle) * dt;
  const Eigen::Matrix3d da_dtheta1 = -0.5 * R1 * so3::Hat(force1);
  const Eigen::Matrix3d da_dtheta = -0.5 * R0 * so3::Hat(force0) + da_dtheta1 * dtheta_dtheta;
  const Eigen::Matrix3d da_dgyro = da_dtheta1 * dtheta_dgyro;
  const Eigen::Matrix3d da_dforce = -0.5 * (R0 + R1);
  const double half_dt2 = 0.5 * dt * dt;

  Matrix9d F = Matrix9d::Identity();
  F.block<3, 3>(0, 3) = half_dt2 * da_dtheta;
  F.block<3, 3>(0, 6) = dt * Eigen::Matrix3d::Identity();
  F.block<3, 3>(3, 3) = dtheta_dtheta;
  F.block<3, 3>(6, 3) = dt * da_dtheta;
  Matrix96d B;
  B.block<3, 3>(0, 0) = half_dt2 * da_dgyro;
  B.block<3, 3>(3, 0) = dtheta_dgyro;
  B.block<3, 3>(6, 0) = dt * da_dgyro;
  B.block<3, 3>(0, 3) = half_dt2 * da_dforce;
  B.block<3, 3>(3, 3).setZero();
  B.block<3, 3>(6, 3) = dt * da_dforce;

  // White noise of density sigma, averaged over dt, has variance sigma^2 / dt and enters as a bias
  // does.
  // A change c T over a gap T is one unknown for all of its steps: spread over them as white noise
  // of density c^2 T^3 it gives the same variance at the end of the gap.
  const double gap = std::max(0.0, spacing_s - kUsualSpacing_s);
  const double gap3 = gap * gap * gap;
  PerAxis variance;
  variance.head<3>().setConstant(Square(noise_.gyro_noise_density) / dt +
                                 Square(kAngularVelocityChange) * gap3 / dt);
  variance.tail<3>().setConstant(Square(noise_.accelerometer_noise_density) / dt +
                                 Square(kSpecificForceChange) * gap3 / dt);
  variance += ClippedVariance(begin, end, clipped_s, dt);
  covariance_ = F * covariance_ * F.transpose() + B * variance.asDiagonal() * B.transpose();
  covariance_.diagonal().head<3>().array() += Square(kIntegrationNoiseDensity) * dt;
  bias_jacobian_ = F * bias_jacobian_ + B;

  delta_position_ += delta_velocity_ * dt + half_dt2 * acceleration;
  delta_velocity_ += acceleration * dt;
  delta_rotation_ = rotation1;
  duration_s_ += dt;
}

NavigationState ImuPreintegration::Predict(const NavigationState& begin) const {
  Eigen::Matrix<double, 6, 1> bias_change;
  bias_change << begin.gyro_bias - gyro_bias_, begin.accelerometer_bias - accelerometer_bias_;
  const Eigen::Matrix<double, 9, 1> correction = bias_jacobian_ * bias_change;
  const double dt = duration_s_;

  NavigationState end = begin;
  end.time = begin.time + FromSeconds(dt);
  const Eigen::Quaterniond& R_world_begin = begin.T_world_body.rotation;
  end.T_world_body.rotation =
      (R_world_begin * delta_rotation_ * so3::Exp(correction.segment<3>(3))).normalized();
  end.T_world_body.translation += begin.velocity_world * dt + 0.5 * dt * dt * kGravityWorld +
                                  R_world_begin * (delta_position_ + correction.head<3>());
  end.velocity_world +=
      kGravityWorld * dt + R_world_begin * (delta_velocity_ + correction.tail<3>());
  return end;
}

ImuPreintegration Preintegrate(std::span<const ImuSample> samples, const ImuNoise& noise,
                               const Eigen::Vector3d& gyro_bias,
                               const Eigen::Vector3d& accelerometer_bias) {
  ImuPreintegration preintegration(noise, gyro_bias, accelerometer_bias);
  const std::vector<PerAxis> clipped_s = ClippedRuns(samples);
  for (size_t i = 1; i < samples.size(); ++i) {
    preintegration.Integrate(samples[i - 1], samples[i],
                             ToSeconds(samples[i].time - samples[i - 1].time), clipped_s[i - 1]);
  }
  return preintegration;
}

ImuPreintegration Preintegrate(const ImuSignal& signal, const ImuNoise& noise,
                               const Eigen::Vector3d& gyro_bias,
                               const Eigen::Vector3d& accelerometer_bias) {
  ImuPreintegration preintegration(noise, gyro_bias, accelerometer_bias);
  for (size_t i = 1; i < signal.samples.size(); ++i) {
    preintegration.Integrate(signal.samples[i - 1], signal.samples[i], signal.spacing_s[i - 1],
                             signal.clipped_s[i - 1]);
  }
  return preintegration;
}

}  // namespace nightjar
