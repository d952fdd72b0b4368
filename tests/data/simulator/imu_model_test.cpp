// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/imu_model.h"

#include <gtest/gtest.h>

#include <cmath>

#include "data/simulator/head_motion.h"
#include "data/simulator/imu_errors.h"

namespace nightjar {
namespace {

constexpr ImuNoise kNoise = {1e-3, 1e-4, 1e-2, 1e-3};

TEST(SimulateImu, WithoutNoiseIsTheMotion) {
  const MotionSpline motion = MakeHeadMotion(HeadMotion::kFast, -1, 3, 1);
  ImuModelOptions options;
  options.first_gyro_bias = {0.1, 0.2, 0.3};
  options.gyro_matrix(0, 1) = 0.01;
  options.accelerometer_matrix(2, 2) = 1.02;
  const SimulatedImu imu = SimulateImu(motion, -0.5, 2, FromNanoseconds(5'000'000'000), options);
  ASSERT_EQ(imu.samples.size(), 501U);
  ASSERT_EQ(imu.truth.size(), 501U);
  EXPECT_EQ(ToNanoseconds(imu.samples.front().time), 4'500'000'000);
  EXPECT_EQ(ToNanoseconds(imu.samples.back().time), 7'000'000'000);
  for (size_t i = 0; i < imu.samples.size(); i += 50) {
    const Motion at = motion.At(-0.5 + static_cast<double>(i) / 200);
    const Eigen::Vector3d& w = at.angular_velocity_body;
    const Eigen::Vector3d gyro = w + Eigen::Vector3d(0.1 + 0.01 * w.y(), 0.2, 0.3);
    EXPECT_LT((imu.samples[i].angular_velocity_body - gyro).norm(), 1e-12);
    Eigen::Vector3d force = at.T_world_body.rotation.conjugate() *
                            (at.acceleration_world + Eigen::Vector3d(0, 0, 9.81));
    force.z() *= 1.02;
    EXPECT_LT((imu.samples[i].specific_force_body - force).norm(), 1e-12);
    EXPECT_EQ(imu.truth[i].velocity_world, at.velocity_world);
    EXPECT_EQ(imu.truth[i].gyro_bias, options.first_gyro_bias);
  }
}

TEST(SimulateImu, EndsWhereTheVisitorFails) {
  const MotionSpline still = MakeHeadMotion(HeadMotion::kStand, -1, 2, 1);
  int visited = 0;
  const auto visit = [&visited](const ImuSample&, const NavigationState&) -> Status {
    if (++visited == 3) return Fail(ErrorKind::kTryAgain, "full");
    return {};
  };
  const Status status = SimulateImu(still, 0, 1, FromNanoseconds(0), {}, visit);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().what, "full");
  EXPECT_EQ(visited, 3);
}

TEST(DrawImuMatrices, HaveTheirSpreadAndTheAccelerometersFrame) {
  ImuErrorOptions errors;
  errors.scale_ppm = 1000;
  errors.misalignment_mrad = 5;
  double scale = 0, lean = 0;
  constexpr int kSeeds = 500;
  for (int seed = 0; seed < kSeeds; ++seed) {
    ImuModelOptions imu;
    DrawImuMatrices(errors, static_cast<uint64_t>(seed), imu);
    for (int i = 0; i < 3; ++i) {
      scale +=
          std::pow(imu.gyro_matrix(i, i) - 1, 2) + std::pow(imu.accelerometer_matrix(i, i) - 1, 2);
      for (int k = 0; k < 3; ++k) {
        if (k != i) lean += std::pow(imu.gyro_matrix(i, k), 2);
        if (k < i) lean += std::pow(imu.accelerometer_matrix(i, k), 2);
        if (k > i) {
          EXPECT_EQ(imu.accelerometer_matrix(i, k), 0);
        }
      }
    }
  }
  EXPECT_NEAR(std::sqrt(scale / (6 * kSeeds)) / 1e-3, 1, 0.06) << "5 sigma";
  EXPECT_NEAR(std::sqrt(lean / (9 * kSeeds)) / 5e-3, 1, 0.06);
  ImuModelOptions none;
  DrawImuMatrices({}, 1, none);
  EXPECT_EQ(none.gyro_matrix, Eigen::Matrix3d::Identity());
}

TEST(SimulateImu, NoiseHasItsDensitiesAtEveryRate) {
  const MotionSpline still = MakeHeadMotion(HeadMotion::kStand, -1, 401, 1);
  for (const double rate_hz : {100.0, 400.0}) {
    ImuModelOptions options;
    options.noise = kNoise;
    options.rate_hz = rate_hz;
    const SimulatedImu imu = SimulateImu(still, 0, 400, FromNanoseconds(0), options);
    double gyro = 0, force = 0, gyro_walk = 0, force_walk = 0;
    const auto n = static_cast<double>(imu.samples.size() - 1);
    for (size_t i = 1; i < imu.samples.size(); ++i) {
      const Eigen::Vector3d& w = imu.samples[i].angular_velocity_body;
      gyro += (w - imu.truth[i].gyro_bias).squaredNorm() / (3 * n);
      const Eigen::Vector3d f =
          imu.truth[i].T_world_body.rotation.conjugate() * Eigen::Vector3d(0, 0, 9.81);
      force +=
          (imu.samples[i].specific_force_body - f - imu.truth[i].accelerometer_bias).squaredNorm() /
          (3 * n);
      gyro_walk += (imu.truth[i].gyro_bias - imu.truth[i - 1].gyro_bias).squaredNorm() / (3 * n);
      force_walk +=
          (imu.truth[i].accelerometer_bias - imu.truth[i - 1].accelerometer_bias).squaredNorm() /
          (3 * n);
    }
    const double five_sigma = 5 * std::sqrt(2 / (3 * n)) / 2;  // relative, of a root of a variance
    EXPECT_NEAR(std::sqrt(gyro / rate_hz) / kNoise.gyro_noise_density, 1, five_sigma);
    EXPECT_NEAR(std::sqrt(force / rate_hz) / kNoise.accelerometer_noise_density, 1, five_sigma);
    EXPECT_NEAR(std::sqrt(gyro_walk * rate_hz) / kNoise.gyro_random_walk, 1, five_sigma);
    EXPECT_NEAR(std::sqrt(force_walk * rate_hz) / kNoise.accelerometer_random_walk, 1, five_sigma);
  }
}

}  // namespace
}  // namespace nightjar
