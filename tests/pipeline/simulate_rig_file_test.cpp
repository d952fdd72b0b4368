// SPDX-License-Identifier: Apache-2.0
// A rig of one's own: two cameras of different models on an IMU whose x axis points up.
#include <gmock/gmock.h>

#include <string>

#include "apps/pipeline/evaluate.h"
#include "apps/pipeline/inspect.h"
#include "apps/pipeline/process.h"
#include "apps/pipeline/simulate.h"
#include "calibration/read_rig.h"
#include "data/simulator/rig_of_file.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

using testing::HasSubstr;

// Body: x up, y to the right, z forward. The cameras' x axis is to the right, their y axis down.
constexpr const char* kRig = R"(version: 1
cameras:
  - name: left
    rate_hz: 25
    resolution: [400, 300]
    model: radial-tangential
    intrinsics: [250, 251, 201, 148]
    distortion_coefficients: [-0.2, 0.05, 0.0002, -0.0001]
    parameter_sigmas: [1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1]
    T_body_camera: [[0, -1, 0, 0.01], [1, 0, 0, -0.06], [0, 0, 1, 0.02], [0, 0, 0, 1]]
    time_offset_s: 0.004
    readout_s: 0.002
    noise_profile: [{gain: 1, scale: 1, offset: 1}]
  - name: right
    rate_hz: 25
    resolution: [420, 320]
    model: double-sphere
    intrinsics: [170, 170, 209, 161]
    distortion_coefficients: [-0.1, 0.55]
    T_body_camera: [[0, -1, 0, 0.01], [1, 0, 0, 0.06], [0, 0, 1, 0.02], [0, 0, 0, 1]]
    time_offset_s: 0.004
    readout_s: 0.002
imu:
  name: imu7
  rate_hz: 250
  gyroscope_noise_density: 2e-4
  gyroscope_random_walk: 3e-5
  accelerometer_noise_density: 3e-3
  accelerometer_random_walk: 4e-4
)";

class SimulateRigFileTest : public testing::Test {
 protected:
  SimulateRigFileTest() {
    options_.log = folder_.path() / "log";
    options_.simulation.seconds = 4;
    options_.simulation.lux = 3000;
    options_.simulation.rig_file = folder_.path() / "rig.yaml";
    WriteText(options_.simulation.rig_file, kRig);
  }

  std::string Refusal(const std::string& from, const std::string& to) {
    std::string text = kRig;
    const size_t place = text.find(from);
    EXPECT_NE(place, std::string::npos) << from;
    WriteText(options_.simulation.rig_file, text.replace(place, from.size(), to));
    SimulateOptions quick = options_;
    quick.simulation.seconds = 0.1;
    const auto summary = Simulate(quick);
    if (summary) return "accepted";
    EXPECT_NE(summary.error().kind, ErrorKind::kInternal);
    return summary.error().Message();
  }

  TemporaryFolder folder_;
  SimulateOptions options_;
};

TEST_F(SimulateRigFileTest, IsHeldUpright) {
  const auto rig = RigOfFile(options_.simulation.rig_file, false);
  ASSERT_TRUE(rig) << rig.error().Message();
  const Eigen::Quaterniond R = HeldUpright(*rig);
  EXPECT_TRUE((R * Eigen::Vector3d::UnitX()).isApprox(Eigen::Vector3d::UnitZ(), 1e-12));
  EXPECT_TRUE((R * Eigen::Vector3d::UnitZ()).isApprox(Eigen::Vector3d::UnitX(), 1e-12));
  EXPECT_TRUE((R * Eigen::Vector3d::UnitY()).isApprox(-Eigen::Vector3d::UnitY(), 1e-12));
}

// Whatever of the rig is not what the images and samples were made by shows in one of these.
TEST_F(SimulateRigFileTest, RecordsWhatTheRigWould) {
  options_.simulation.motion = HeadMotion::kLook;
  const auto summary = Simulate(options_);
  ASSERT_TRUE(summary) << summary.error().Message();
  EXPECT_EQ(summary->frames, 2 * 4 * 25);
  EXPECT_EQ(summary->imu_samples, 5.1 * 250 + 1);
  const Result<Rig> given = ReadRig(options_.simulation.rig_file);
  const Result<Rig> used = ReadRig(options_.log / "rig.yaml");
  ASSERT_TRUE(given && used);
  ASSERT_EQ(used->cameras.size(), 2U);
  for (size_t c = 0; c < 2; ++c) {
    const RigCamera& camera = used->cameras[c];
    EXPECT_EQ(camera.name, "cam" + std::to_string(c)) << "as the streams are named";
    EXPECT_EQ(camera.model->Parameters(), given->cameras[c].model->Parameters());
    EXPECT_TRUE(camera.parameter_sigmas.empty()) << "it is exact";
    EXPECT_EQ(camera.readout_s, 0.002);
    EXPECT_EQ(camera.time_offset_s, 0.004);
    EXPECT_EQ(camera.sensor.noise.size(), 5U) << "of the sensor that took the images";
  }
  EXPECT_EQ(used->imu.noise.gyro_random_walk, 3e-5);
  InspectOptions inspect;
  inspect.log = options_.log;
  const auto inspection = Inspect(inspect);
  ASSERT_TRUE(inspection) << inspection.error().Message();
  int sure = 0;
  for (const InspectCheck& check : inspection->checks) {
    EXPECT_TRUE(check.status == InspectCheck::Answer::kOk ||
                check.status == InspectCheck::Answer::kUnknown)
        << check.name << " " << check.where << ": " << check.what;
    const bool asked = check.name == "imu_mounting" || check.name == "focal_length_ratio" ||
                       check.name == "time_offset_s" || check.name == "stereo_geometry";
    sure += asked && check.status == InspectCheck::Answer::kOk;
  }
  EXPECT_EQ(sure, 7) << "three of either camera, and what they see together";
  ProcessOptions process;
  process.log = options_.log;
  process.session = folder_.path() / "session";
  ASSERT_TRUE(Process(process));
  EvaluateOptions evaluate;
  evaluate.session = process.session;
  evaluate.reference = options_.log / "truth/state.csv";
  const auto evaluation = Evaluate(evaluate);
  ASSERT_TRUE(evaluation) << evaluation.error().Message();
  EXPECT_LT(evaluation->final->error.ate_rmse_m, 0.01);
}

TEST_F(SimulateRigFileTest, WhatCannotBeSimulatedIsNamed) {
  EXPECT_EQ(Refusal("rate_hz: 250", "rate_hz: 200"), "accepted");
  EXPECT_THAT(Refusal("name: right\n    rate_hz: 25", "name: right\n    rate_hz: 30"),
              HasSubstr("rig.yaml: right has another rate_hz"));
  EXPECT_THAT(Refusal("rate_hz: 25\n", "\n"), HasSubstr("left needs a rate_hz"));
  EXPECT_THAT(Refusal("readout_s: 0.002", "readout_s: 0.06"),
              HasSubstr("left has a readout above"));
  EXPECT_THAT(Refusal("time_offset_s: 0.004", "time_offset_s: -0.6"),
              HasSubstr("left has an offset above"));
  EXPECT_THAT(Refusal("rate_hz: 250", "rate_hz: 0"), HasSubstr("rig.yaml"));
  options_.simulation.events = true;
  EXPECT_THAT(Refusal("imu7", "imu0"), HasSubstr("has no event camera"));
  options_.simulation.events = false;
  options_.simulation.time_offset_s = 0.001;
  EXPECT_THAT(Refusal("imu7", "imu0"), HasSubstr("--rig-file says readout times"));
  options_.simulation.time_offset_s = 0;
  options_.simulation.sensor.shortest_exposure_s = options_.simulation.sensor.longest_exposure_s =
      0.045;
  EXPECT_THAT(Refusal("imu7", "imu0"),
              HasSubstr("--exposure-us is longer than the time of a frame, 40000 us"));
  options_.simulation.rig_file = folder_.path() / "nowhere.yaml";
  EXPECT_FALSE(Simulate(options_));
}

}  // namespace
}  // namespace nightjar
