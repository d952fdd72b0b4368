// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/imu_agreement.h"

#include <gmock/gmock.h>

#include "data/imu_recording.h"
#include "data/simulator/head_motion.h"
#include "data/simulator/imu_model.h"
#include "data/simulator/recorded_motion.h"
#include "tests/recordings.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

constexpr SensorTime kZero = FromNanoseconds(5'000'000'000);

MotionSpline Moved(HeadMotion how, uint64_t seed = 1) { return MakeHeadMotion(how, 0, 20, seed); }

std::vector<ImuSample> Measured(const MotionSpline& motion, double delay_s = 0) {
  ImuModelOptions imu;
  imu.noise = {1.7e-3, 2e-5, 2e-2, 3e-4};  // ten times that of the simulated rigs
  imu.first_gyro_bias = {0.05, -0.03, 0.02};
  imu.first_accelerometer_bias = {0.2, -0.3, 0.1};
  return SimulateImu(motion, 0.5, 18, kZero + FromSeconds(delay_s), imu).samples;
}

TEST(CompareImu, AcceptsTheMotionsOwnSamplesAlsoPoorOnes) {
  for (const HeadMotion how : {HeadMotion::kWalk, HeadMotion::kLook, HeadMotion::kDesk,
                               HeadMotion::kStand, HeadMotion::kFast}) {
    const MotionSpline motion = Moved(how);
    const ImuAgreement agreement = CompareImu(motion, kZero, Measured(motion));
    EXPECT_TRUE(agreement.Check()) << NameOf(how);
    EXPECT_GT(agreement.gyro_apart, 0.001) << "there is noise";
    EXPECT_LT(agreement.gyro_apart, 0.02) << NameOf(how);
    EXPECT_LT(agreement.force_apart, 0.6) << NameOf(how);
  }
}

TEST(CompareImu, RefusesAnotherMotion) {
  const MotionSpline walk = Moved(HeadMotion::kWalk);
  const auto refusal = [&](const std::vector<ImuSample>& samples) {
    const Status checked = CompareImu(walk, kZero, samples).Check();
    return checked ? std::string("accepted") : checked.error().Message();
  };
  EXPECT_THAT(refusal(Measured(Moved(HeadMotion::kWalk, 2))), HasSubstr("turns otherwise"));
  EXPECT_THAT(refusal(Measured(Moved(HeadMotion::kLook))), HasSubstr("turns otherwise"));
  EXPECT_THAT(refusal(Measured(walk, 1)), HasSubstr("turns otherwise"));
  EXPECT_THAT(refusal(Measured(walk, -1)), HasSubstr("turns otherwise"));
  const auto spoiled = [&](double turn, double force) {
    std::vector<ImuSample> samples = Measured(walk);
    for (ImuSample& sample : samples) {
      sample.angular_velocity_body *= turn;
      sample.specific_force_body *= force;
    }
    return samples;
  };
  EXPECT_THAT(refusal(spoiled(57.3, 1)), HasSubstr("turns otherwise")) << "degrees";
  EXPECT_THAT(refusal(spoiled(-1, 1)), HasSubstr("turns otherwise"));
  EXPECT_THAT(refusal(spoiled(1, 1 / 9.81)), HasSubstr("feels another force")) << "g";
}

// Two things that hardly move are not told apart, and nothing is said of a handful of samples.
TEST(CompareImu, AcceptsWhatCannotBeTold) {
  EXPECT_TRUE(
      CompareImu(Moved(HeadMotion::kStand), kZero, Measured(Moved(HeadMotion::kStand, 2))).Check());
  std::vector<ImuSample> few = Measured(Moved(HeadMotion::kWalk, 2));
  few.resize(15);
  EXPECT_TRUE(CompareImu(Moved(HeadMotion::kWalk), kZero, few).Check());
  EXPECT_TRUE(CompareImu(Moved(HeadMotion::kWalk), kZero, {}).Check());
}

// A real drone, with its vibration.
TEST(CompareImu, TellsRealRecordingsApart) {
  NIGHTJAR_RECORDING(folder, "euroc_v1_02_imu_gt");
  NIGHTJAR_RECORDING(other, "euroc_mh01_12s");
  const TemporaryFolder temporary;
  RecordedMotionRequest request;
  request.trajectory = folder / "V1_02_medium_gt.csv";
  request.imu = folder / "V1_02_medium_imu0.csv";
  request.lead_s = 1;
  request.tail_s = 0.1;
  const auto own = ReadRecordedMotion(request);
  ASSERT_TRUE(own) << own.error().Message();
  const ImuAgreement agreement = CompareImu(own->fit.T_world_body, own->zero, own->samples);
  std::printf("own: %.3f of %.3f rad/s, %.3f of %.3f m/s^2\n", agreement.gyro_apart,
              agreement.gyro_signal, agreement.force_apart, agreement.force_signal);
  EXPECT_LT(agreement.gyro_apart, 0.1 * agreement.gyro_signal);
  EXPECT_LT(agreement.force_apart, 0.5 * agreement.force_signal);
  // Written anew with other stamps: the own samples a second late, and those of another flight.
  const auto refusal = [&](const fs::path& imu, double late_s, bool moved_here) {
    const auto recording = ReadImuRecording(imu);
    if (!recording) return recording.error().Message();
    const Duration shift =
        FromSeconds(late_s) +
        (moved_here ? own->samples.front().time - recording->samples.front().time : Duration(0));
    std::string table;
    for (const ImuSample& sample : recording->samples) {
      table += std::to_string(ToNanoseconds(sample.time + shift));
      for (const auto& v : {sample.angular_velocity_body, sample.specific_force_body})
        for (int k = 0; k < 3; ++k) table += "," + std::to_string(v[k]);
      table += "\n";
    }
    request.imu = temporary.path() / "imu.csv";
    WriteText(request.imu, table);
    const auto read = ReadRecordedMotion(request);
    if (read) return std::string("accepted");
    EXPECT_EQ(read.error().kind, ErrorKind::kUnusableInput);
    EXPECT_EQ(read.error().where, request.imu.string());
    return read.error().what;
  };
  const fs::path own_imu = folder / "V1_02_medium_imu0.csv";
  EXPECT_EQ(refusal(own_imu, 0, false), "accepted");
  for (const double late_s : {1.0, -1.0}) {
    const std::string why = refusal(own_imu, late_s, false);
    std::printf("%+g s: %s\n", late_s, why.c_str());
    EXPECT_THAT(why, HasSubstr("turns otherwise"));
  }
  const std::string why = refusal(other / "mav0/imu0/data.csv", 0, true);
  std::printf("other: %s\n", why.c_str());
  EXPECT_THAT(why, HasSubstr("turns otherwise"));
}

}  // namespace
}  // namespace nightjar
