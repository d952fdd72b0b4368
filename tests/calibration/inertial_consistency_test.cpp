// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/inertial_consistency.h"

#include <gtest/gtest.h>

#include <functional>
#include <numbers>

#include "calibration/estimate/signed_permutation.h"
#include "tests/fusion/scenario.h"

namespace nightjar {
namespace {

using Spoil = std::function<void(ImuSample&)>;

// 20 s of a gentle hand that turns a lot, with a biased gyro.
InertialConsistency Feed(const Spoil& spoil, double turn = 1) {
  SmoothMotion motion;
  motion.amplitude *= 0.2;
  motion.angle_amplitude = turn * Eigen::Vector3d(0.8, 0.5, 0.6);
  InertialConsistency consistency;
  for (int i = 0; i < 4000; ++i) {
    const double t = 0.005 * i;
    ImuSample sample;
    sample.time = FromNanoseconds(0) + FromSeconds(t);
    sample.angular_velocity_body = motion.AngularVelocity(t) + Eigen::Vector3d(0.01, 0.05, -0.03);
    sample.specific_force_body =
        motion.Pose(t).rotation.conjugate() * (motion.Acceleration(t) - kGravityWorld);
    spoil(sample);
    consistency.Add(sample);
  }
  return consistency;
}

double ScatterAsItIs(const InertialConsistency& consistency) {
  for (const GyroReading& reading : consistency.Judge()) {
    if (reading.axes.isIdentity() && reading.scale == 1) return reading.scatter;
  }
  return -1;
}

TEST(InertialConsistency, SensorsThatAgreeAreBestAsTheyAre) {
  const InertialConsistency consistency = Feed([](ImuSample&) {});
  const auto readings = consistency.Judge();
  ASSERT_EQ(readings.size(), 96U);
  EXPECT_TRUE(readings.front().axes.isIdentity());
  EXPECT_EQ(readings.front().scale, 1);
  EXPECT_GT(consistency.StaticScatter(), 4 * readings.front().scatter);
  EXPECT_GT(readings[1].scatter, 2 * readings.front().scatter);
}

TEST(InertialConsistency, FindsHowTheGyroMustBeRead) {
  for (const Eigen::Matrix3d& P : SignedPermutations()) {
    const auto readings = Feed([&P](ImuSample& sample) {
                            sample.angular_velocity_body = P * sample.angular_velocity_body;
                          }).Judge();
    EXPECT_TRUE(readings.front().axes.isApprox(P.transpose())) << P;
  }
}

TEST(InertialConsistency, FindsDegrees) {
  const auto readings = Feed([](ImuSample& sample) {
                          sample.angular_velocity_body *= 180 / std::numbers::pi;
                        }).Judge();
  EXPECT_TRUE(readings.front().axes.isIdentity());
  EXPECT_NEAR(readings.front().scale, std::numbers::pi / 180, 1e-12);
}

TEST(InertialConsistency, SeesAReflectionOfBothSensors) {
  // Rates are axial: mirrored with the accelerometer they turn the wrong way round.
  const InertialConsistency consistency = Feed([](ImuSample& sample) {
    std::swap(sample.angular_velocity_body.x(), sample.angular_velocity_body.y());
    std::swap(sample.specific_force_body.x(), sample.specific_force_body.y());
  });
  EXPECT_TRUE(consistency.Judge().front().axes.isApprox(-Eigen::Matrix3d::Identity()));
  EXPECT_GT(ScatterAsItIs(consistency), 2 * consistency.Judge().front().scatter);
}

// A level flight with quick turns about the vertical: gravity stays where it is without any gyro.
InertialConsistency Yaw(const Spoil& spoil) {
  SmoothMotion motion;
  motion.angle_amplitude = {2.5, 0.03, 0.03};
  InertialConsistency consistency;
  for (int i = 0; i < 4000; ++i) {
    const double t = 0.005 * i;
    ImuSample sample;
    sample.time = FromNanoseconds(0) + FromSeconds(t);
    sample.angular_velocity_body = motion.AngularVelocity(t);
    sample.specific_force_body =
        motion.Pose(t).rotation.conjugate() * (motion.Acceleration(t) - kGravityWorld);
    spoil(sample);
    consistency.Add(sample);
  }
  return consistency;
}

TEST(InertialConsistency, InStrongMotionSeesAnAccelerometerWhoseAxesThrowGravityAbout) {
  const auto clean = Yaw([](ImuSample&) {});
  EXPECT_LT(ScatterAsItIs(clean), 1.5 * clean.Judge().front().scatter);
  const auto swapped =
      Yaw([](ImuSample& s) { std::swap(s.specific_force_body.x(), s.specific_force_body.z()); });
  EXPECT_GT(ScatterAsItIs(swapped), 2 * swapped.Judge().front().scatter);
}

TEST(InertialConsistency, WithoutRotationTheGyroDoesNotMatter) {
  const InertialConsistency consistency = Feed([](ImuSample&) {}, 0);
  EXPECT_LT(consistency.StaticScatter(), 1.5 * consistency.Judge().front().scatter + 0.05);
}

TEST(InertialConsistency, SaysNothingOfAShortLog) {
  InertialConsistency consistency;
  EXPECT_TRUE(consistency.Judge().empty());
  EXPECT_EQ(consistency.StaticScatter(), 0);
}

}  // namespace
}  // namespace nightjar
