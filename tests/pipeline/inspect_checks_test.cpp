// SPDX-License-Identifier: Apache-2.0
// What is concluded from evidence that is written by hand.
#include "apps/pipeline/inspect_checks.h"

#include <gmock/gmock.h>

#include <numbers>
#include <string>
#include <vector>

namespace nightjar {
namespace {

using Answer = InspectCheck::Answer;

// Of map, 1 sigma of every element.
CameraAlignment Aligned(double across, double along, double sigma) {
  CameraAlignment aligned;
  aligned.alignment.map = Eigen::Vector3d(across, across, along).asDiagonal();
  aligned.alignment.information.setIdentity();
  aligned.alignment.row_sigma.setConstant(sigma);
  aligned.alignment.time_offset_sigma_s = 0.0005;
  aligned.alignment.explained = 0.99;
  aligned.alignment.camera_rate_rms = 0.3;
  aligned.alignment.gyro_rate_rms = 0.3;
  aligned.alignment.intervals = 100;
  return aligned;
}

// A log without a mistake.
InspectEvidence Evidence(int cameras) {
  InspectEvidence evidence;
  evidence.rig.imu.name = "imu0";
  evidence.streams.resize(static_cast<size_t>(cameras) + 1);
  evidence.streams[0].name = "imu0";
  evidence.streams[0].kind = "imu";
  evidence.streams[0].timing.count = 1000;
  for (int c = 0; c < cameras; ++c) {
    RigCamera camera;
    camera.name = "cam" + std::to_string(c);
    evidence.rig.cameras.push_back(camera);
    evidence.streams[static_cast<size_t>(c) + 1].name = camera.name;
    evidence.streams[static_cast<size_t>(c) + 1].kind = "camera";
    evidence.alignments.push_back(Aligned(1, 1, 0.003));
  }
  evidence.angular_velocity_median = 0.3;
  evidence.angular_velocity_spread = 0.2;
  evidence.specific_force_median = 9.81;
  evidence.specific_force_spread = 0.8;
  evidence.specific_force_mean = {0, 0, 9.81};
  return evidence;
}

InspectCheck Find(const InspectEvidence& evidence, const std::string& name,
                  const std::string& where) {
  for (const InspectCheck& check : JudgeEvidence(evidence)) {
    if (check.name == name && check.where == where) return check;
  }
  ADD_FAILURE() << name << " is not asked";
  return {};
}

TEST(InspectChecks, SlowTurnsInDegreesBesideForcesInGAreNoExchangedColumns) {
  InspectEvidence evidence = Evidence(1);
  evidence.angular_velocity_median = 9.8;
  evidence.specific_force_median = 1;
  evidence.specific_force_spread = 0.08;
  evidence.alignments[0] = Aligned(std::numbers::pi / 180, std::numbers::pi / 180, 1e-4);
  // By hand, and on a turntable whose rate is as steady as gravity in a hand.
  for (const double spread : {6.0, 1.0}) {
    evidence.angular_velocity_spread = spread;
    EXPECT_THAT(Find(evidence, "gravity_magnitude", "imu0").what, testing::HasSubstr("in g"));
    const InspectCheck scale = Find(evidence, "gyro_scale", "imu0");
    EXPECT_EQ(scale.status, Answer::kError);
    EXPECT_THAT(scale.what, testing::HasSubstr("deg/s"));
  }
}

TEST(InspectChecks, SteadyGravityAmongTheRatesIsExchangedColumns) {
  InspectEvidence evidence = Evidence(1);
  std::swap(evidence.angular_velocity_median, evidence.specific_force_median);
  std::swap(evidence.angular_velocity_spread, evidence.specific_force_spread);
  EXPECT_THAT(Find(evidence, "gravity_magnitude", "imu0").what, testing::HasSubstr("exchanged"));
  EXPECT_EQ(Find(evidence, "gyro_scale", "imu0").status, Answer::kUnknown);
}

TEST(InspectChecks, AGyroScaleThatIsNotKnownToATenthIsNotOk) {
  InspectEvidence evidence = Evidence(1);
  const double along = 1 / 1.35;
  evidence.alignments[0] = Aligned(along, along, 0.09 * along);
  const InspectCheck weak = Find(evidence, "gyro_scale", "imu0");
  EXPECT_EQ(weak.status, Answer::kUnknown);
  EXPECT_THAT(weak.what, testing::HasSubstr("too weak"));
  evidence.alignments[0] = Aligned(along, along, 0.03 * along);
  EXPECT_EQ(Find(evidence, "gyro_scale", "imu0").status, Answer::kError);
  evidence.alignments[0] = Aligned(1, 1, 0.09);
  EXPECT_EQ(Find(evidence, "gyro_scale", "imu0").status, Answer::kUnknown);
  evidence.alignments[0] = Aligned(1, 1, 0.03);
  EXPECT_EQ(Find(evidence, "gyro_scale", "imu0").status, Answer::kOk);
}

TEST(InspectChecks, AGyroInDegreesIsNamedHoweverWeakTheMotion) {
  InspectEvidence evidence = Evidence(1);
  evidence.alignments[0] = Aligned(std::numbers::pi / 180, std::numbers::pi / 180, 0.0012);
  EXPECT_EQ(Find(evidence, "gyro_scale", "imu0").status, Answer::kError);
}

TEST(InspectChecks, AFocalLengthThatIsNotKnownToATenthIsNotOk) {
  InspectEvidence evidence = Evidence(1);
  evidence.alignments[0] = Aligned(1.4, 1, 0.09);
  const InspectCheck weak = Find(evidence, "focal_length_ratio", "cam0");
  EXPECT_EQ(weak.status, Answer::kUnknown);
  EXPECT_THAT(weak.what, testing::HasSubstr("too weak"));
  evidence.alignments[0] = Aligned(1.4, 1, 0.02);
  EXPECT_EQ(Find(evidence, "focal_length_ratio", "cam0").status, Answer::kError);
  evidence.alignments[0] = Aligned(1, 1, 0.02);
  EXPECT_EQ(Find(evidence, "focal_length_ratio", "cam0").status, Answer::kOk);
}

TEST(InspectChecks, OnlyTheTwoCamerasThatStereoComparesSilenceIt) {
  InspectEvidence evidence = Evidence(3);
  evidence.stereo = StereoAgreement{10, 1000, {800, 10, 10, 10, 10}, 20};
  for (size_t wrong = 0; wrong < 3; ++wrong) {
    InspectEvidence one = evidence;
    one.alignments[wrong] = Aligned(2, 1, 0.003);
    EXPECT_EQ(Find(one, "focal_length_ratio", one.rig.cameras[wrong].name).status, Answer::kError);
    EXPECT_EQ(Find(one, "stereo_geometry", "cam1").status,
              wrong < 2 ? Answer::kUnknown : Answer::kOk);
  }
}

}  // namespace
}  // namespace nightjar
