// SPDX-License-Identifier: Apache-2.0
// What a gyro and a camera say about each other, on rotations that are known exactly.
#include "calibration/estimate/gyro_camera_alignment.h"

#include <gtest/gtest.h>

#include <cmath>

#include "calibration/estimate/mounting_hypothesis.h"
#include "calibration/estimate/signed_permutation.h"
#include "core/so3.h"
#include "tests/fusion/scenario.h"

namespace nightjar {
namespace {

using Kind = MountingHypothesis::Kind;

// 12 s of a gyro at 200 Hz, and of a camera at 20 Hz whose clock lags by `offset_s`:
// t_imu = t_camera + offset_s.
RotationPairing Pair(double offset_s, const Eigen::Matrix3d& gyro_from_body,
                     const Eigen::Quaterniond& R_body_camera, double camera_noise = 0.004) {
  const SmoothMotion motion;
  NormalSource random(3);
  RotationPairing pairing;
  for (int i = 0; i <= 2400; ++i) {
    const double t = 0.005 * i;
    ImuSample sample;
    sample.time = FromNanoseconds(1'000'000'000) + FromSeconds(t);
    sample.angular_velocity_body =
        gyro_from_body * motion.AngularVelocity(t) + Eigen::Vector3d(0.01, -0.08, 0.03);
    pairing.AddGyro(sample);
    if (i % 10 != 0 || i < 100 || i > 2300) continue;
    const double begin = t - 0.05;
    const Eigen::Quaterniond turned = (motion.Pose(begin).rotation * R_body_camera).conjugate() *
                                      (motion.Pose(t).rotation * R_body_camera);
    const Duration shift = FromSeconds(offset_s);
    pairing.AddCamera(FromNanoseconds(1'000'000'000) + FromSeconds(begin) - shift,
                      sample.time - shift,
                      so3::Log(turned) / 0.05 + camera_noise * random.Normal3());
  }
  return pairing;
}

Eigen::Quaterniond ObliqueMounting() { return so3::Exp({0.4, -1.1, 0.7}); }

TEST(GyroCameraAlignment, FindsOffsetWithItsSignAndRotation) {
  for (const double offset_s : {-0.0417, 0.0, 0.0133}) {
    const auto pairing = Pair(offset_s, Eigen::Matrix3d::Identity(), ObliqueMounting());
    const auto alignment = AlignGyroAndCamera(pairing.intervals());
    ASSERT_TRUE(alignment);
    EXPECT_NEAR(alignment->time_offset_s, offset_s, 0.001);
    EXPECT_NEAR(alignment->time_offset_s, offset_s, 5 * alignment->time_offset_sigma_s);
    EXPECT_LT(alignment->time_offset_sigma_s, 0.001);
    EXPECT_GT(alignment->time_offset_sigma_s, 1e-5);
    EXPECT_GT(alignment->explained, 0.99);
    const auto judged = JudgeMountings(*alignment, ObliqueMounting());
    EXPECT_EQ(judged.front().kind, Kind::kAsGiven);
    EXPECT_NEAR(judged.front().across, 1, 0.02);
    EXPECT_NEAR(judged.front().along, 1, 0.02);
    const auto R = MeasuredRotation(*alignment, judged.front());
    const double error = R.angularDistance(ObliqueMounting());
    EXPECT_LT(error, 0.01);
    EXPECT_LT(error, 5 * MeasuredRotationSigma(*alignment, judged.front()));
  }
}

TEST(GyroCameraAlignment, AnOffsetBeyondTheGridIsSaid) {
  const auto pairing = Pair(0.4, Eigen::Matrix3d::Identity(), ObliqueMounting());
  const auto alignment = AlignGyroAndCamera(pairing.intervals());
  ASSERT_TRUE(alignment);
  EXPECT_TRUE(alignment->offset_at_edge || alignment->explained < 0.9);
}

TEST(GyroCameraAlignment, NamesEveryConfusionOfAxesAndTheUnit) {
  for (const Eigen::Matrix3d& P : SignedPermutations()) {
    const auto pairing = Pair(0, 57.29578 * P, ObliqueMounting());
    const auto alignment = AlignGyroAndCamera(pairing.intervals());
    ASSERT_TRUE(alignment);
    const auto judged = JudgeMountings(*alignment, ObliqueMounting());
    EXPECT_TRUE(judged.front().imu_axes.isApprox(P)) << P << "\n\n" << judged.front().imu_axes;
    EXPECT_NEAR(1 / judged.front().along, 57.3, 1);
    EXPECT_GT(judged[1].chi2, 10 * judged.front().chi2 + 100);
  }
}

TEST(GyroCameraAlignment, TellsAnInvertedMountingAndAFocalLength) {
  auto pairing = Pair(0, Eigen::Matrix3d::Identity(), ObliqueMounting());
  std::vector<RotationInterval> intervals = pairing.intervals();
  for (RotationInterval& interval : intervals) interval.angular_velocity_camera.head<2>() *= 1.2;
  const auto alignment = AlignGyroAndCamera(intervals);
  ASSERT_TRUE(alignment);
  const auto judged = JudgeMountings(*alignment, ObliqueMounting().conjugate());
  EXPECT_EQ(judged.front().kind, Kind::kInverted);
  EXPECT_NEAR(judged.front().across / judged.front().along, 1.2, 0.03);
}

TEST(GyroCameraAlignment, MeasuresAMountingThatNobodyForesaw) {
  // A rig that is 0.5 rad off, under a focal length that is wrong by a fifth.
  const Eigen::Quaterniond given = ObliqueMounting() * so3::Exp({0.3, 0, -0.4});
  const RotationPairing pairing = Pair(0, Eigen::Matrix3d::Identity(), ObliqueMounting());
  std::vector<RotationInterval> intervals = pairing.intervals();
  for (RotationInterval& interval : intervals) interval.angular_velocity_camera.head<2>() *= 1.2;
  const auto alignment = AlignGyroAndCamera(intervals);
  ASSERT_TRUE(alignment);
  EXPECT_GT(JudgeMountings(*alignment, given).front().misfit, 0.1);
  const MountingHypothesis measured = MeasureMounting(*alignment);
  EXPECT_EQ(measured.kind, Kind::kOtherwise);
  EXPECT_LT(measured.misfit, 0.01);
  EXPECT_NEAR(measured.across, 1.2, 0.03);
  EXPECT_NEAR(measured.along, 1, 0.03);
  const double error = MeasuredRotation(*alignment, measured).angularDistance(ObliqueMounting());
  EXPECT_LT(error, 0.015);
}

TEST(GyroCameraAlignment, AReflectionIsNoRotation) {
  const Eigen::Matrix3d flipped = Eigen::Vector3d(1, 1, -1).asDiagonal();
  const RotationPairing pairing = Pair(0, flipped, ObliqueMounting());
  const auto alignment = AlignGyroAndCamera(pairing.intervals());
  ASSERT_TRUE(alignment);
  EXPECT_GT(MeasureMounting(*alignment).misfit, 0.06);
}

TEST(GyroCameraAlignment, NothingTurnsNothingIsKnown) {
  RotationPairing pairing;
  NormalSource random(5);
  for (int i = 0; i <= 1200; ++i) {
    ImuSample sample;
    sample.time = FromNanoseconds(0) + FromSeconds(0.005 * i);
    sample.angular_velocity_body = 0.002 * random.Normal3();
    pairing.AddGyro(sample);
    if (i >= 100 && i % 10 == 0) {
      pairing.AddCamera(sample.time - std::chrono::milliseconds(50), sample.time,
                        0.004 * random.Normal3());
    }
  }
  const auto alignment = AlignGyroAndCamera(pairing.intervals());
  ASSERT_TRUE(alignment);
  EXPECT_LT(alignment->explained, 0.5);
  EXPECT_LT(alignment->camera_rate_rms, 0.01);
}

TEST(RotationPairing, DoesNotGrowWithTheLogNorUseWhatAGapHides) {
  RotationPairing pairing;
  for (int i = 0; i < 5000; ++i) {
    const SensorTime time = FromNanoseconds(0) + FromSeconds(0.05 * i);
    for (int k = 0; k < 5; ++k) {
      if (i > 4000 && i < 4100) continue;  // the gyro pauses
      ImuSample sample;
      sample.time = time + std::chrono::milliseconds(10 * k);
      pairing.AddGyro(sample);
    }
    pairing.AddCamera(time, time + std::chrono::milliseconds(50), {0, 0, 0});
  }
  EXPECT_LT(pairing.intervals().size(), RotationPairing::kMaxIntervals);
  EXPECT_GT(pairing.intervals().size(), RotationPairing::kMaxIntervals / 4);
  for (const RotationInterval& interval : pairing.intervals())
    EXPECT_EQ(interval.number % 4, 0);  // spread evenly, whatever is missing
}

}  // namespace
}  // namespace nightjar
