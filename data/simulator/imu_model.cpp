// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/imu_model.h"

#include <cmath>

#include "core/random.h"
#include "data/simulator/random_use.h"

namespace nightjar {
namespace {

// Eigen's product adds and multiplies in one rounding where the processor can, as arm64 does.
Eigen::Vector3d Times(const Eigen::Matrix3d& matrix, const Eigen::Vector3d& vector) {
  Eigen::Vector3d product;
  for (int row = 0; row < 3; ++row) {
    product[row] =
        matrix(row, 0) * vector[0] + matrix(row, 1) * vector[1] + matrix(row, 2) * vector[2];
  }
  return product;
}

}  // namespace

Status SimulateImu(const MotionSpline& T_world_body, double begin_s, double end_s, SensorTime epoch,
                   const ImuModelOptions& options, const ImuVisitor& visit) {
  const ImuNoise& noise = options.noise;
  const double root_rate = std::sqrt(options.rate_hz);
  RandomStream white(options.seed, StreamOf(RandomUse::kImu));
  RandomStream walk(options.seed, StreamOf(RandomUse::kImuBias));
  Eigen::Vector3d gyro_bias = options.first_gyro_bias;
  Eigen::Vector3d accelerometer_bias = options.first_accelerometer_bias;
  const auto count = static_cast<int64_t>(std::floor((end_s - begin_s) * options.rate_hz + 1e-9));
  for (int64_t i = 0; i <= count; ++i) {
    const double t = begin_s + static_cast<double>(i) / options.rate_hz;
    const Motion motion = T_world_body.At(t);
    const SensorTime time = epoch + FromSeconds(t);
    const Eigen::Vector3d specific_force =
        motion.T_world_body.rotation.conjugate() * (motion.acceleration_world - kGravityWorld);
    const Eigen::Vector3d gyro_noise = noise.gyro_noise_density * root_rate * white.Normal3();
    const Eigen::Vector3d accelerometer_noise =
        noise.accelerometer_noise_density * root_rate * white.Normal3();
    const ImuSample sample = {
        time, Times(options.gyro_matrix, motion.angular_velocity_body) + gyro_bias + gyro_noise,
        Times(options.accelerometer_matrix, specific_force) + accelerometer_bias +
            accelerometer_noise};
    const NavigationState truth = {time, motion.T_world_body, motion.velocity_world, gyro_bias,
                                   accelerometer_bias};
    if (Status visited = visit(sample, truth); !visited) return visited;
    gyro_bias += noise.gyro_random_walk / root_rate * walk.Normal3();
    accelerometer_bias += noise.accelerometer_random_walk / root_rate * walk.Normal3();
  }
  return {};
}

SimulatedImu SimulateImu(const MotionSpline& T_world_body, double begin_s, double end_s,
                         SensorTime epoch, const ImuModelOptions& options) {
  SimulatedImu imu;
  const auto keep = [&imu](const ImuSample& sample, const NavigationState& truth) {
    imu.samples.push_back(sample);
    imu.truth.push_back(truth);
    return Status();
  };
  (void)SimulateImu(T_world_body, begin_s, end_s, epoch, options, keep);  // keep never fails
  return imu;
}

}  // namespace nightjar
