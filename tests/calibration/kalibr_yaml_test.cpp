// SPDX-License-Identifier: Apache-2.0
#include "calibration/kalibr_yaml.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "calibration/make_camera_model.h"
#include "core/so3.h"
#include "tests/calibration/edited_text.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

// Camera 0 is turned by a quarter about z against the IMU; camera 1 stands 0.1 m to its right.
constexpr const char* kCamchain =
    "cam0:\n"                                                   // 1
    "  T_cam_imu:\n"                                            // 2
    "  - [0.0, 1.0, 0.0, 0.06]\n"                               // 3
    "  - [-1.0, 0.0, 0.0, -0.02]\n"                             // 4
    "  - [0.0, 0.0, 1.0, -0.01]\n"                              // 5
    "  - [0.0, 0.0, 0.0, 1.0]\n"                                // 6
    "  cam_overlaps: [1]\n"                                     // 7
    "  camera_model: pinhole\n"                                 // 8
    "  distortion_coeffs: [-0.28, 0.07, 0.0002, 2e-5]\n"        // 9
    "  distortion_model: radtan\n"                              // 10
    "  intrinsics: [458.0, 457.0, 367.0, 248.0]\n"              // 11
    "  resolution: [752, 480]\n"                                // 12
    "  rostopic: /cam0/image_raw\n"                             // 13
    "  timeshift_cam_imu: -0.0053\n"                            // 14
    "cam1:\n"                                                   // 15
    "  T_cam_imu:\n"                                            // 16
    "  - [0.0, 1.0, 0.0, -0.04]\n"                              // 17
    "  - [-1.0, 0.0, 0.0, -0.02]\n"                             // 18
    "  - [0.0, 0.0, 1.0, -0.01]\n"                              // 19
    "  - [0.0, 0.0, 0.0, 1.0]\n"                                // 20
    "  T_cn_cnm1:\n"                                            // 21
    "  - [1.0, 0.0, 0.0, -0.1]\n"                               // 22
    "  - [0.0, 1.0, 0.0, 0.0]\n"                                // 23
    "  - [0.0, 0.0, 1.0, 0.0]\n"                                // 24
    "  - [0.0, 0.0, 0.0, 1.0]\n"                                // 25
    "  camera_model: ds\n"                                      // 26
    "  distortion_coeffs: []\n"                                 // 27
    "  distortion_model: none\n"                                // 28
    "  intrinsics: [-0.2, 0.59, 156.0, 157.0, 254.0, 256.0]\n"  // 29
    "  resolution: [512, 512]\n";                               // 30

class KalibrYamlTest : public testing::Test {
 protected:
  Result<Rig> Read(const std::string& text) {
    WriteText(file_, text);
    return ReadKalibrCamchain(file_);
  }
  std::string Problem(const std::string& from, const std::string& to) {
    const Result<Rig> rig = Read(Replaced(kCamchain, from, to));
    if (rig) return "accepted";
    EXPECT_EQ(rig.error().kind, ErrorKind::kUnusableInput);
    const std::string prefix = file_.string() + ":";
    EXPECT_EQ(rig.error().where.rfind(prefix, 0), 0u) << rig.error().where;
    return rig.error().where.substr(prefix.size()) + ": " + rig.error().what;
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "camchain-imucam.yaml";
};

constexpr const char* kChainPose =
    "  T_cn_cnm1:\n  - [1.0, 0.0, 0.0, -0.1]\n  - [0.0, 1.0, 0.0, 0.0]\n  - [0.0, 0.0, 1.0, 0.0]\n"
    "  - [0.0, 0.0, 0.0, 1.0]\n";
constexpr const char* kImuPose1 =
    "  T_cam_imu:\n  - [0.0, 1.0, 0.0, -0.04]\n  - [-1.0, 0.0, 0.0, -0.02]\n"
    "  - [0.0, 0.0, 1.0, -0.01]\n  - [0.0, 0.0, 0.0, 1.0]\n";

TEST_F(KalibrYamlTest, ReadsACamchain) {
  const Result<Rig> rig = Read(kCamchain);
  ASSERT_TRUE(rig) << rig.error().Message();
  EXPECT_EQ(rig->imu.name, "imu0");
  EXPECT_FALSE(rig->imu.noise.IsKnown());
  ASSERT_EQ(rig->cameras.size(), 2u);
  const RigCamera& left = rig->cameras[0];
  EXPECT_EQ(left.name, "cam0");
  EXPECT_EQ(left.width, 752);
  EXPECT_EQ(left.height, 480);
  EXPECT_EQ(left.time_offset_s, -0.0053);
  EXPECT_EQ(left.model->Name(), "radial-tangential");
  EXPECT_EQ(left.model->Parameters(),
            (std::vector<double>{458, 457, 367, 248, -0.28, 0.07, 0.0002, 2e-5}));
  // T_cam_imu takes the body's x axis to the camera's -y axis; the camera stands where T_cam_imu
  // gives zero: -R' t = (-0.02, -0.06, 0.01).
  const Se3 T_camera_body = left.T_body_camera.Inverse();
  EXPECT_LT((T_camera_body * Eigen::Vector3d(1, 0, 0) - Eigen::Vector3d(0.06, -1.02, -0.01)).norm(),
            1e-15);
  EXPECT_LT((left.T_body_camera.translation - Eigen::Vector3d(-0.02, -0.06, 0.01)).norm(), 1e-15);
  const RigCamera& right = rig->cameras[1];
  EXPECT_EQ(right.model->Name(), "double-sphere");
  EXPECT_EQ(right.model->Parameters(), (std::vector<double>{156, 157, 254, 256, -0.2, 0.59}));
  EXPECT_LT((right.T_body_camera.translation - Eigen::Vector3d(-0.02, 0.04, 0.01)).norm(), 1e-15);
}

TEST_F(KalibrYamlTest, ReadsTheOtherWaysToGiveAPose) {
  const Eigen::Vector3d expected(-0.02, 0.04, 0.01);
  const Result<Rig> chain = Read(Replaced(kCamchain, kImuPose1, ""));
  ASSERT_TRUE(chain) << chain.error().Message();
  EXPECT_LT((chain->cameras[1].T_body_camera.translation - expected).norm(), 1e-15);
  const std::string inverse =
      "  T_imu_cam:\n  - [0.0, -1.0, 0.0, -0.02]\n  - [1.0, 0.0, 0.0, 0.04]\n"
      "  - [0.0, 0.0, 1.0, 0.01]\n  - [0.0, 0.0, 0.0, 1.0]\n";
  const Result<Rig> inverted = Read(Replaced(kCamchain, kImuPose1, inverse));
  ASSERT_TRUE(inverted) << inverted.error().Message();
  EXPECT_LT((inverted->cameras[1].T_body_camera.translation - expected).norm(), 1e-15);
  EXPECT_TRUE(Read(Replaced(kCamchain, kImuPose1, kImuPose1 + inverse)));
}

TEST_F(KalibrYamlTest, ReadsTheOtherModels) {
  const Result<Rig> equidistant = Read(Replaced(kCamchain, "radtan", "equidistant"));
  EXPECT_EQ(equidistant.value().cameras[0].model->Name(), "equidistant");
  const Result<Rig> pinhole =
      Read(Replaced(Replaced(kCamchain, "radtan", "none"), "[-0.28, 0.07, 0.0002, 2e-5]", "[]"));
  EXPECT_EQ(pinhole.value().cameras[0].model->Parameters(),
            (std::vector<double>{458, 457, 367, 248, 0, 0, 0, 0}));
}

TEST_F(KalibrYamlTest, PosesThatContradictEachOtherAreRefused) {
  EXPECT_EQ(Problem("[1.0, 0.0, 0.0, -0.1]", "[1.0, 0.0, 0.0, 0.1]"),
            "22: T_cn_cnm1 of cam1 is given the wrong way round: it is the inverse of what follows "
            "from the cameras' T_cam_imu");
  EXPECT_EQ(Problem("[1.0, 0.0, 0.0, -0.1]", "[1.0, 0.0, 0.0, -0.12]"),
            "22: T_cn_cnm1 of cam1 differs from what follows from the cameras' T_cam_imu by 20.0 "
            "mm and 0.00 degrees");
  EXPECT_EQ(Problem("[1.0, 0.0, 0.0, -0.1]", "[1.0, 0.0, 0.0, -0.1005]"), "accepted");
  // The same matrix under both names.
  const std::string twice = Replaced(kImuPose1, "T_cam_imu", "T_imu_cam");
  EXPECT_EQ(Problem(kImuPose1, kImuPose1 + twice),
            "22: T_imu_cam of cam1 is given the wrong way round: it is the inverse of what follows "
            "from T_cam_imu");
}

TEST_F(KalibrYamlTest, WhatIsWrongIsNamedWithItsLine) {
  EXPECT_EQ(Problem("pinhole", "omni"), "8: camera_model is 'omni'");
  EXPECT_EQ(Problem("radtan", "fov"), "10: distortion_model is 'fov' with pinhole");
  EXPECT_EQ(Problem("distortion_model: none", "distortion_model: radtan"),
            "28: distortion_model is 'radtan' with ds");
  EXPECT_EQ(Problem("-0.28, ", ""),
            "9: distortion_coefficients has 3 values, which does not fit radtan");
  EXPECT_EQ(Problem("[458.0,", "[0,"), "11: intrinsics has a focal length that is not positive");
  EXPECT_EQ(Problem("[-0.2, 0.59, ", "[0.59, "), "29: intrinsics has 5 values instead of 6");
  EXPECT_EQ(Problem("[-0.2, 0.59", "[-0.2, 1.59"),
            "29: distortion_coefficients has an alpha outside [0, 1]");
  EXPECT_EQ(Problem("[0.0, 1.0, 0.0, 0.06]", "[0.0, 1.1, 0.0, 0.06]"),
            "3: the upper left 3x3 of T_cam_imu is not a rotation");
  EXPECT_EQ(Problem("-0.0053", ".nan"), "14: timeshift_cam_imu is not finite");
  EXPECT_EQ(Problem("cam0:", "cam2:"), "1: key cam0 is missing");
  EXPECT_EQ(Problem("T_cam_imu", "T_cam_imus"), "2: key T_cam_imu of cam0 is missing");
  EXPECT_EQ(Problem("resolution: [752, 480]", "resolution: [752]"),
            "12: resolution does not have 2 values");
}

TEST_F(KalibrYamlTest, ReadsAnImuYaml) {
  const std::string keys =
      "accelerometer_noise_density: 2e-3\naccelerometer_random_walk: 3e-3\n"
      "gyroscope_noise_density: 1.7e-4\ngyroscope_random_walk: 1.9e-5\nrostopic: /imu0\n"
      "update_rate: 200.0\n";
  WriteText(file_, keys);
  const Result<RigImu> imu = ReadKalibrImu(file_);
  ASSERT_TRUE(imu) << imu.error().Message();
  EXPECT_EQ(imu->rate_hz, 200);
  EXPECT_EQ(imu->noise.gyro_noise_density, 1.7e-4);
  EXPECT_EQ(imu->noise.gyro_random_walk, 1.9e-5);
  EXPECT_EQ(imu->noise.accelerometer_noise_density, 2e-3);
  EXPECT_EQ(imu->noise.accelerometer_random_walk, 3e-3);
  // As Kalibr writes it.
  WriteText(file_,
            "imu0:\n  accelerometer_noise_density: 2e-3\n  accelerometer_random_walk: 3e-3\n"
            "  gyroscope_noise_density: 1.7e-4\n  gyroscope_random_walk: 1.9e-5\n");
  EXPECT_EQ(ReadKalibrImu(file_).value().noise.gyro_random_walk, 1.9e-5);
  WriteText(file_, Replaced(keys, "1.9e-5", "0"));
  EXPECT_EQ(ReadKalibrImu(file_).error().where, file_.string() + ":4");
}

TEST_F(KalibrYamlTest, WhatIsWrittenIsReadBack) {
  Rig rig = Read(kCamchain).value();
  rig.cameras[1].T_body_camera = {so3::Exp({0.3, -0.2, 1.4}), {0.1, 0.2, -0.3}};
  rig.cameras[1].time_offset_s = 0.0021;
  rig.cameras[1].readout_s = 0.01;
  rig.cameras[0].rate_hz = 20;
  std::vector<std::string> notes;
  const Result<std::string> text = KalibrCamchainText(rig, notes);
  ASSERT_TRUE(text);
  EXPECT_EQ(notes,
            (std::vector<std::string>{"Kalibr's file has no camera rate: that of cam0 is lost",
                                      "Kalibr's file has no readout time: that of cam1 is lost"}));
  const Result<Rig> again = Read(*text);
  ASSERT_TRUE(again) << again.error().Message() << "\n" << *text;
  for (size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(again->cameras[i].model->Parameters(), rig.cameras[i].model->Parameters());
    EXPECT_EQ(again->cameras[i].time_offset_s, rig.cameras[i].time_offset_s);
    const Se3 difference = again->cameras[i].T_body_camera.Inverse() * rig.cameras[i].T_body_camera;
    EXPECT_LT(se3::Log(difference).norm(), 1e-14);
  }
  rig.cameras[0].model =
      MakeCameraModel("radtan", {458, 457, 367, 248}, {-0.3, 0.1, 0, 0, 0.01}).value();
  const Result<std::string> five = KalibrCamchainText(rig, notes);
  ASSERT_FALSE(five);
  EXPECT_EQ(five.error().what, "radial-tangential with 5 coefficients is none of Kalibr's models");
}

}  // namespace
}  // namespace nightjar
