// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/motion_fit.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdio>

#include "core/random.h"
#include "core/so3.h"
#include "data/imu_recording.h"
#include "data/simulator/head_motion.h"
#include "data/trajectory_file.h"
#include "tests/recordings.h"

namespace nightjar {
namespace {

using testing::HasSubstr;

constexpr SensorTime kZero = FromNanoseconds(100'000'000'000);

std::vector<StampedPose> Sampled(const MotionSpline& motion, double seconds, double rate_hz) {
  std::vector<StampedPose> poses;
  for (int i = 0; i <= seconds * rate_hz; ++i) {
    const double t = i / rate_hz;
    poses.push_back({kZero + FromSeconds(t), motion.Pose(t)});
  }
  return poses;
}

struct Difference {
  double position = 0, rotation = 0, velocity = 0, acceleration = 0, turn = 0;  // RMS
};

Difference Compare(const MotionSpline& a, const MotionSpline& b, double end_s) {
  Difference d;
  int n = 0;
  for (double t = 0.2; t < end_s - 0.2; t += 0.0037, ++n) {
    const Motion ma = a.At(t), mb = b.At(t);
    d.position += (ma.T_world_body.translation - mb.T_world_body.translation).squaredNorm();
    d.rotation +=
        so3::Log(ma.T_world_body.rotation.conjugate() * mb.T_world_body.rotation).squaredNorm();
    d.velocity += (ma.velocity_world - mb.velocity_world).squaredNorm();
    d.acceleration += (ma.acceleration_world - mb.acceleration_world).squaredNorm();
    d.turn += (ma.angular_velocity_body - mb.angular_velocity_body).squaredNorm();
  }
  for (double* sum : {&d.position, &d.rotation, &d.velocity, &d.acceleration, &d.turn})
    *sum = std::sqrt(*sum / n);
  return d;
}

TEST(FitMotion, FindsTheMotionThatPosesWereTakenFrom) {
  for (const HeadMotion kind : {HeadMotion::kWalk, HeadMotion::kFast}) {
    const MotionSpline motion = MakeHeadMotion(kind, 0, 10, 1);
    for (const double rate_hz : {100.0, 200.0}) {
      const auto fit = FitMotion(Sampled(motion, 10, rate_hz), kZero);
      ASSERT_TRUE(fit) << fit.error().Message();
      EXPECT_LT(fit->largest_mm, 0.05);
      EXPECT_LT(fit->largest_deg, 0.005);
      const Difference d = Compare(fit->T_world_body, motion, 10);
      EXPECT_LT(d.position, 2e-5);
      EXPECT_LT(d.rotation, 3e-5);
      EXPECT_LT(d.velocity, 2e-3);
      EXPECT_LT(d.acceleration, 0.15) << "of up to 30 m/s^2";
      EXPECT_LT(d.turn, 3e-3) << "of up to 8 rad/s";
    }
  }
}

// A millimetre at 200 Hz would be 100 m/s^2 in plain second differences.
TEST(FitMotion, NoiseOfPosesStaysOutOfTheAcceleration) {
  const MotionSpline motion = MakeHeadMotion(HeadMotion::kWalk, 0, 10, 1);
  auto poses = Sampled(motion, 10, 200);
  RandomStream random(1, 1);
  for (StampedPose& pose : poses) {
    pose.T_world_body.translation += 1e-3 * random.Normal3();
    pose.T_world_body.rotation = pose.T_world_body.rotation * so3::Exp(1e-3 * random.Normal3());
  }
  const auto fit = FitMotion(poses, kZero);
  ASSERT_TRUE(fit) << fit.error().Message();
  EXPECT_NEAR(fit->rms_mm, std::sqrt(3.0), 0.3) << "the noise, not more and hardly less";
  const Difference d = Compare(fit->T_world_body, motion, 10);
  EXPECT_LT(d.position, 1e-3);
  std::printf("1 mm, 1 mrad: %.2f mm, %.2f m/s^2, %.3f rad/s\n", 1e3 * d.position, d.acceleration,
              d.turn);
  EXPECT_LT(d.acceleration, 5);
  EXPECT_LT(d.turn, 0.15);
}

TEST(FitMotion, RefusesWhatNoMotionExplains) {
  const MotionSpline motion = MakeHeadMotion(HeadMotion::kWalk, 0, 10, 1);
  const std::pair<const char*, void (*)(std::vector<StampedPose>&)> cases[] = {
      {"1 poses are no motion", [](auto& p) { p.resize(1); }},
      {"does not rise", [](auto& p) { std::swap(p[40], p[41]); }},
      {"no pose for 0.6", [](auto& p) { p.erase(p.begin() + 200, p.begin() + 260); }},
      {" mm", [](auto& p) { p[300].T_world_body.translation.x() += 0.1; }},
      {" degrees",
       [](auto& p) {
         p[300].T_world_body.rotation =
             p[300].T_world_body.rotation * so3::Exp(Eigen::Vector3d(0.2, 0, 0));
       }},
  };
  for (const auto& [what, spoil] : cases) {
    auto poses = Sampled(motion, 5, 100);
    spoil(poses);
    const auto fit = FitMotion(poses, kZero);
    ASSERT_FALSE(fit) << what;
    EXPECT_EQ(fit.error().kind, ErrorKind::kUnusableInput);
    EXPECT_THAT(fit.error().Message(), HasSubstr(what));
  }
}

TEST(FitMotion, CarriesOverAShortHole) {
  const MotionSpline motion = MakeHeadMotion(HeadMotion::kWalk, 0, 10, 1);
  auto poses = Sampled(motion, 10, 100);
  poses.erase(poses.begin() + 500, poses.begin() + 530);
  const auto fit = FitMotion(poses, kZero);
  ASSERT_TRUE(fit) << fit.error().Message();
  const Se3 between = fit->T_world_body.Pose(5.15);
  EXPECT_LT((between.translation - motion.Pose(5.15).translation).norm(), 0.02);
  EXPECT_TRUE(fit->T_world_body.At(5.15).acceleration_world.norm() < 30);
}

// A drone's vibration is in its IMU and not in its truth at 200 Hz, so single samples differ by it
// (it is what the IMU differs by from its own mean); means over a quarter of a second do not.
TEST(FitMotion, FeelsWhatARealImuFelt) {
  NIGHTJAR_RECORDING(folder, "euroc_v1_02_imu_gt");
  const auto states = ReadStateFile(folder / "V1_02_medium_gt.csv");
  ASSERT_TRUE(states);
  const auto imu = ReadImuRecording(folder / "V1_02_medium_imu0.csv");
  ASSERT_TRUE(imu);
  std::vector<StampedPose> poses;
  for (const NavigationState& state : *states) poses.push_back({state.time, state.T_world_body});
  const SensorTime zero = poses.front().time;
  const auto fit = FitMotion(poses, zero);
  ASSERT_TRUE(fit) << fit.error().Message();
  EXPECT_LT(fit->rms_mm, 0.1);
  EXPECT_LT(fit->rms_deg, 0.02);
  constexpr int kMean = 50;
  double turn = 0, force = 0, sample_turn = 0, sample_force = 0;
  Eigen::Vector3d mean_turn(0, 0, 0), mean_force(0, 0, 0);
  int n = 0, means = 0;
  size_t k = 0;
  for (const ImuSample& sample : imu->samples) {
    const double t = ToSeconds(sample.time - zero);
    if (t < 0.1 || t > fit->T_world_body.end_s() - 0.1) continue;
    while (k + 1 < states->size() && (*states)[k].time < sample.time) ++k;
    const Motion motion = fit->T_world_body.At(t);
    const Eigen::Vector3d dw =
        motion.angular_velocity_body + (*states)[k].gyro_bias - sample.angular_velocity_body;
    const Eigen::Vector3d df =
        motion.T_world_body.rotation.conjugate() * (motion.acceleration_world - kGravityWorld) +
        (*states)[k].accelerometer_bias - sample.specific_force_body;
    sample_turn += dw.squaredNorm();
    sample_force += df.squaredNorm();
    mean_turn += dw / kMean;
    mean_force += df / kMean;
    if (++n % kMean != 0) continue;
    turn += mean_turn.squaredNorm();
    force += mean_force.squaredNorm();
    ++means;
    mean_turn.setZero();
    mean_force.setZero();
  }
  ASSERT_GT(n, 16'000);
  std::printf("samples: %.4f rad/s, %.3f m/s^2; means of 0.25 s: %.4f rad/s, %.4f m/s^2\n",
              std::sqrt(sample_turn / n), std::sqrt(sample_force / n), std::sqrt(turn / means),
              std::sqrt(force / means));
  EXPECT_LT(std::sqrt(sample_turn / n), 0.06);
  EXPECT_LT(std::sqrt(sample_force / n), 1.8);
  EXPECT_LT(std::sqrt(turn / means), 0.006);
  EXPECT_LT(std::sqrt(force / means), 0.15);
}

}  // namespace
}  // namespace nightjar
