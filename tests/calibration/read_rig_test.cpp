// SPDX-License-Identifier: Apache-2.0
#include "calibration/read_rig.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "calibration/make_camera_model.h"
#include "calibration/rig_yaml.h"
#include "core/so3.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

using testing::Contains;

// Something of everything that all four formats hold.
Rig CommonRig() {
  Rig rig;
  rig.imu = {"imu0", 200, {1.7e-4, 1.9e-5, 2e-3, 3e-3}};
  int i = 0;
  for (const char* model : {"radial-tangential", "equidistant"}) {
    RigCamera camera;
    camera.name = "cam" + std::to_string(i);
    camera.width = 640;
    camera.height = 480;
    camera.model =
        MakeCameraModel(model, {401.0 + i, 402, 319, 241.5}, {-0.1, 0.02, 1e-3, 2e-4}).value();
    camera.T_body_camera = {so3::Exp({0.1, 0.2 + 1.0 * i, -0.3}), {0.1 * i, -0.02, 0.03}};
    camera.time_offset_s = -0.004;
    rig.cameras.push_back(std::move(camera));
    ++i;
  }
  return rig;
}

class ReadRigTest : public testing::TestWithParam<RigFormat> {
 protected:
  TemporaryFolder folder_;
};

TEST_P(ReadRigTest, RecognisesWhatItWrites) {
  const Rig rig = CommonRig();
  const std::filesystem::path path = folder_.path() / "out";
  ASSERT_TRUE(WriteRig(rig, GetParam(), path));
  const Result<RigFile> again = ReadRigFile(path);
  ASSERT_TRUE(again) << again.error().Message();
  EXPECT_EQ(again->format, GetParam());
  EXPECT_EQ(again->rig.imu.name, "imu0");
  EXPECT_EQ(again->rig.imu.noise.gyro_random_walk,
            GetParam() == RigFormat::kAria ? 0 : rig.imu.noise.gyro_random_walk);
  ASSERT_EQ(again->rig.cameras.size(), 2u);
  for (size_t i = 0; i < 2; ++i) {
    const RigCamera& a = again->rig.cameras[i];
    const RigCamera& b = rig.cameras[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.width, b.width);
    EXPECT_EQ(a.model->Name(), b.model->Name());
    EXPECT_EQ(a.model->Parameters(), b.model->Parameters());
    EXPECT_EQ(a.time_offset_s, b.time_offset_s);
    EXPECT_LT(se3::Log(a.T_body_camera.Inverse() * b.T_body_camera).norm(), 1e-14);
  }
}

INSTANTIATE_TEST_SUITE_P(Formats, ReadRigTest,
                         testing::Values(RigFormat::kRig, RigFormat::kAsl, RigFormat::kKalibr,
                                         RigFormat::kAria),
                         [](const auto& test) { return std::string(RigFormatName(test.param)); });

class RigFileTest : public testing::Test {
 protected:
  TemporaryFolder folder_;
};

TEST_F(RigFileTest, TheRigFileOfALogWins) {
  Rig rig = CommonRig();
  const std::filesystem::path log = folder_.path() / "log";
  ASSERT_TRUE(WriteRig(rig, RigFormat::kAsl, log / "mav0"));
  EXPECT_EQ(ReadRigFile(log).value().format, RigFormat::kAsl);
  rig.cameras[0].time_offset_s = 0.25;
  ASSERT_TRUE(WriteRigYaml(rig, log / "rig.yaml"));
  EXPECT_EQ(ReadRig(log).value().cameras[0].time_offset_s, 0.25);
}

TEST_F(RigFileTest, FurtherImusOfALogAreReExpressed) {
  Rig rig = CommonRig();
  const Se3 T_body_imu = {so3::Exp({0.3, 0, 0.1}), {0.5, 0, 0}};
  rig.further_imus = {{"imu1", 400, rig.imu.noise, T_body_imu}};
  ASSERT_TRUE(WriteRig(rig, RigFormat::kAsl, folder_.path() / "log"));
  const Result<Rig> again = ReadRig(folder_.path() / "log");
  ASSERT_TRUE(again) << again.error().Message();
  ASSERT_EQ(again->further_imus.size(), 1u);
  EXPECT_LT(se3::Log(again->further_imus[0].T_body_imu.Inverse() * T_body_imu).norm(), 1e-14);
}

TEST_F(RigFileTest, WhatCannotBeWrittenSaysSo) {
  Rig rig = CommonRig();
  rig.imu.noise = {};
  const std::filesystem::path out = folder_.path() / "out";
  const Status asl = WriteRig(rig, RigFormat::kAsl, out);
  ASSERT_FALSE(asl);
  EXPECT_EQ(asl.error().Message(),
            "IMU imu0: the noise is unknown, which a sensor.yaml must say; give it, e.g. with "
            "--imu, or write another format");
  rig.cameras[1].name = "left";
  std::vector<std::string> notes;
  ASSERT_TRUE(WriteRig(rig, RigFormat::kKalibr, out, &notes));
  EXPECT_THAT(notes, Contains("no imu.yaml is written: the noise of imu0 is unknown"));
  EXPECT_THAT(notes, Contains("left is written as cam1"));
  // A folder with something in it is left alone.
  const Status again = WriteRig(rig, RigFormat::kKalibr, out);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().kind, ErrorKind::kUsage);
  rig.cameras[0].model = nullptr;
  EXPECT_EQ(WriteRig(rig, RigFormat::kRig, folder_.path() / "rig.yaml").error().what,
            "a camera of the rig has no model");
}

TEST_F(RigFileTest, WhatIsNoCalibrationSaysSo) {
  const std::filesystem::path file = folder_.path() / "x";
  EXPECT_EQ(ReadRig(file).error().what, "cannot be read");
  EXPECT_EQ(ReadRig(folder_.path()).error().what, "holds no calibration");
  WriteText(file, "a: 1\n");
  EXPECT_EQ(ReadRig(file).error().what, "is no calibration file that is known");
  WriteText(file, "sensor_type: camera\n");
  EXPECT_EQ(ReadRig(file).error().what, "is one sensor of a rig");
  WriteText(file, "{\"a\": 1}");
  EXPECT_EQ(ReadRig(file).error().what, "ImuCalibrations is missing");
  WriteText(file, "");
  EXPECT_FALSE(ReadRig(file));
}

TEST_F(RigFileTest, ReadsAnImuFromEitherFile) {
  const Rig rig = CommonRig();
  ASSERT_TRUE(WriteRig(rig, RigFormat::kKalibr, folder_.path() / "kalibr"));
  ASSERT_TRUE(WriteRig(rig, RigFormat::kAsl, folder_.path() / "asl"));
  for (const char* name : {"kalibr/imu.yaml", "asl/imu0/sensor.yaml"}) {
    const Result<RigImu> imu = ReadImuFile(folder_.path() / name);
    ASSERT_TRUE(imu) << imu.error().Message();
    EXPECT_EQ(imu->rate_hz, 200);
    EXPECT_EQ(imu->noise.accelerometer_noise_density, 2e-3);
  }
}

}  // namespace
}  // namespace nightjar
