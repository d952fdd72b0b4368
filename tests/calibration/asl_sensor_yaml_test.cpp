// SPDX-License-Identifier: Apache-2.0
#include "calibration/asl_sensor_yaml.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "calibration/make_camera_model.h"
#include "core/so3.h"
#include "tests/calibration/edited_text.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

// Line numbers count; tests name them.
constexpr const char* kCamera =
    "# General sensor definitions.\n"                                     // 1
    "sensor_type: camera\n"                                               // 2
    "comment: VI-Sensor cam0 (MT9M034)\n"                                 // 3
    "T_BS:\n"                                                             // 4
    "  cols: 4\n"                                                         // 5
    "  rows: 4\n"                                                         // 6
    "  data: [0.0, -1.0, 0.0, -0.02,\n"                                   // 7
    "         1.0, 0.0, 0.0, -0.06,\n"                                    // 8
    "         0.0, 0.0, 1.0, 0.01,\n"                                     // 9
    "         0.0, 0.0, 0.0, 1.0]\n"                                      // 10
    "rate_hz: 20\n"                                                       // 11
    "resolution: [752, 480]\n"                                            // 12
    "camera_model: pinhole\n"                                             // 13
    "intrinsics: [458.654, 457.296, 367.215, 248.375] #fu, fv, cu, cv\n"  // 14
    "distortion_model: radial-tangential\n"                               // 15
    "distortion_coefficients: [-0.28, 0.07, 0.0002, 1.7e-05]\n";          // 16

constexpr const char* kImu =
    "sensor_type: imu\n"                                                  // 1
    "T_BS:\n"                                                             // 2
    "  cols: 4\n"                                                         // 3
    "  rows: 4\n"                                                         // 4
    "  data: [1.0, 0.0, 0.0, 0.0,\n"                                      // 5
    "         0.0, 1.0, 0.0, 0.0,\n"                                      // 6
    "         0.0, 0.0, 1.0, 0.0,\n"                                      // 7
    "         0.0, 0.0, 0.0, 1.0]\n"                                      // 8
    "rate_hz: 200\n"                                                      // 9
    "gyroscope_noise_density: 1.6968e-04     # [ rad / s / sqrt(Hz) ]\n"  // 10
    "gyroscope_random_walk: 1.9393e-05\n"                                 // 11
    "accelerometer_noise_density: 2.0000e-3\n"                            // 12
    "accelerometer_random_walk: 3.0000e-3\n";                             // 13

class AslSensorYamlTest : public testing::Test {
 protected:
  Result<AslCamera> Camera(const std::string& text) {
    WriteText(file_, text);
    return ReadAslCamera(file_);
  }
  Result<AslImu> Imu(const std::string& text) {
    WriteText(file_, text);
    return ReadAslImu(file_);
  }
  // "LINE: WHAT" of the error.
  template <typename T>
  std::string Problem(const Result<T>& result) {
    if (result) return "accepted";
    EXPECT_EQ(result.error().kind, ErrorKind::kUnusableInput);
    EXPECT_EQ(result.error().Message().find('\n'), std::string::npos);
    const std::string prefix = file_.string() + ":";
    EXPECT_EQ(result.error().where.rfind(prefix, 0), 0u) << result.error().where;
    return result.error().where.substr(prefix.size()) + ": " + result.error().what;
  }
  std::string CameraProblem(const std::string& from, const std::string& to) {
    return Problem(Camera(Replaced(kCamera, from, to)));
  }
  std::string ImuProblem(const std::string& from, const std::string& to) {
    return Problem(Imu(Replaced(kImu, from, to)));
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "sensor.yaml";
};

TEST_F(AslSensorYamlTest, ReadsACamera) {
  const auto camera = Camera(kCamera);
  ASSERT_TRUE(camera) << camera.error().Message();
  EXPECT_EQ(camera->camera.width, 752);
  EXPECT_EQ(camera->camera.height, 480);
  EXPECT_EQ(camera->camera.rate_hz, 20);
  EXPECT_EQ(camera->camera.model->Name(), "radial-tangential");
  EXPECT_EQ(
      camera->camera.model->Parameters(),
      (std::vector<double>{458.654, 457.296, 367.215, 248.375, -0.28, 0.07, 0.0002, 1.7e-05}));
  // T_BS maps the camera's x axis to the base's y axis.
  EXPECT_LT((camera->T_base_camera * Eigen::Vector3d(1, 0, 0) - Eigen::Vector3d(-0.02, 0.94, 0.01))
                .norm(),
            1e-15);
}

TEST_F(AslSensorYamlTest, ReadsAnImu) {
  const auto imu = Imu(kImu);
  ASSERT_TRUE(imu) << imu.error().Message();
  EXPECT_EQ(imu->rate_hz, 200);
  EXPECT_EQ(imu->noise.gyro_noise_density, 1.6968e-04);
  EXPECT_EQ(imu->noise.gyro_random_walk, 1.9393e-05);
  EXPECT_EQ(imu->noise.accelerometer_noise_density, 2e-3);
  EXPECT_EQ(imu->noise.accelerometer_random_walk, 3e-3);
  EXPECT_EQ(imu->T_base_imu.translation, Eigen::Vector3d::Zero());
}

TEST_F(AslSensorYamlTest, ReadsTheOtherModels) {
  const std::string equidistant = Replaced(kCamera, "radial-tangential", "equidistant");
  EXPECT_EQ(Camera(equidistant).value().camera.model->Name(), "equidistant");
  const std::string none =
      Replaced(Replaced(kCamera, "radial-tangential", "none"),
               "distortion_coefficients: [-0.28, 0.07, 0.0002, 1.7e-05]\n", "");
  EXPECT_EQ(Camera(none).value().camera.model->Parameters().size(), 8u);
  EXPECT_EQ(Camera(Replaced(kCamera, "rate_hz: 20\n", "")).value().camera.rate_hz, 0)
      << "0 stands for unknown";
}

TEST_F(AslSensorYamlTest, ReadsWhatTheSamplesMean) {
  const auto camera = Camera(std::string(kCamera) +
                             "time_offset_s: -0.004\nreadout_s: 0.012\npixel_format: raw12\n"
                             "cfa: bggr\nblack_level: 256\nwhite_level: 4000\n"
                             "timestamp_reference: end\n"
                             "noise_profile: [{gain: 2, scale: 1e-4, offset: 3e-6}]\n");
  ASSERT_TRUE(camera) << camera.error().Message();
  const RigCamera& rig = camera->camera;
  EXPECT_EQ(rig.time_offset_s, -0.004);
  EXPECT_EQ(rig.readout_s, 0.012);
  EXPECT_EQ(rig.sensor.pixel_format, PixelFormat::kRaw12);
  EXPECT_EQ(rig.sensor.colour_filter, ColourFilter::kBggr);
  EXPECT_EQ(rig.sensor.black_level, 256);
  EXPECT_EQ(rig.sensor.white_level, 4000);
  EXPECT_EQ(rig.sensor.stamp_reference, StampReference::kEnd);
  ASSERT_EQ(rig.sensor.noise.size(), 1u);
  EXPECT_EQ(rig.sensor.noise[0].channels[0].offset, 3e-6);
  EXPECT_EQ(Problem(Camera(std::string(kCamera) + "pixel_format: raw11\n")),
            "17: pixel_format is 'raw11'");
  // Without these keys it is what EuRoC's files mean.
  const RigCamera plain = Camera(kCamera).value().camera;
  EXPECT_EQ(plain.sensor.pixel_format, PixelFormat::kMono8);
  EXPECT_EQ(plain.sensor.stamp_reference, StampReference::kMiddle);
  EXPECT_EQ(plain.time_offset_s, 0);
}

TEST_F(AslSensorYamlTest, ReadsPixelsAndShadingAndRefusesThoseThatCannotBe) {
  const auto with = [&](const std::string& line) { return Camera(kCamera + (line + "\n")); };
  const auto camera =
      with("defective_pixels: [[9, 2], [751, 0], [9, 2]]\nlens_shading: [1, -1, 0.5]");
  ASSERT_TRUE(camera) << camera.error().Message();
  EXPECT_EQ(camera->camera.sensor.defective_pixels, (std::vector<PixelPosition>{{751, 0}, {9, 2}}));
  EXPECT_EQ(camera->camera.sensor.lens_shading, (LensShading{1, -1, 0.5}));
  EXPECT_EQ(Problem(with("defective_pixels: 3")), "17: defective_pixels is not a list");
  EXPECT_EQ(Problem(with("defective_pixels: [[1, 2, 3]]")),
            "17: an entry of defective_pixels is not [x, y]");
  EXPECT_EQ(Problem(with("defective_pixels: [[752, 2]]")),
            "17: x of defective_pixels is not a whole number from 0 to 751");
  EXPECT_EQ(Problem(with("defective_pixels: [[3, -1]]")),
            "17: y of defective_pixels is not a whole number from 0 to 479");
  EXPECT_EQ(Problem(with("lens_shading: [1, 2]")), "17: lens_shading has 2 values instead of 3");
  for (const char* shading : {"lens_shading: [1, 2, 11]", "lens_shading: [-5, 0, 0]"}) {
    EXPECT_EQ(Problem(with(shading)),
              "17: lens_shading is not three numbers from -10 to 10 that leave light everywhere");
  }
}

TEST_F(AslSensorYamlTest, ReadsCamerasThatAreNoPinholes) {
  const std::string other = Replaced(
      Replaced(kCamera, "pinhole", "double-sphere"),
      "distortion_model: radial-tangential\ndistortion_coefficients: [-0.28, 0.07, 0.0002, "
      "1.7e-05]\n",
      "distortion_coefficients: [-0.2, 0.59]\n");
  EXPECT_EQ(Camera(other).value().camera.model->Name(), "double-sphere");
  EXPECT_EQ(CameraProblem("camera_model: pinhole", "camera_model: double-sphere"),
            "15: distortion_model beside camera_model 'double-sphere'");
}

TEST_F(AslSensorYamlTest, WhatIsWrittenIsReadBack) {
  RigCamera camera = Camera(kCamera).value().camera;
  camera.readout_s = 0.01;
  camera.sensor.pixel_format = PixelFormat::kRaw10;
  camera.T_body_camera = {so3::Exp({0.1, 0.2, 0.3}), {1, 2, 3}};
  const Se3 T_base_body = {so3::Exp({0, 0, 0.4}), {-1, 0, 0.5}};
  for (const char* model : {"radial-tangential", "double-sphere"}) {
    camera.model = MakeCameraModel(model, {458.1, 457.2, 367, 248},
                                   model[0] == 'd' ? std::vector<double>{-0.2, 0.59}
                                                   : std::vector<double>{-0.28, 0.07, 2e-4, 1e-5})
                       .value();
    const auto again = Camera(AslCameraYaml(camera, T_base_body));
    ASSERT_TRUE(again) << again.error().Message();
    EXPECT_EQ(again->camera.model->Name(), model);
    EXPECT_EQ(again->camera.model->Parameters(), camera.model->Parameters());
    EXPECT_EQ(again->camera.rate_hz, 20);
    EXPECT_EQ(again->camera.readout_s, 0.01);
    EXPECT_EQ(again->camera.sensor.pixel_format, PixelFormat::kRaw10);
    const Se3 expected = T_base_body * camera.T_body_camera;
    EXPECT_LT(se3::Log(again->T_base_camera.Inverse() * expected).norm(), 1e-14);
  }
  const AslImu imu = Imu(kImu).value();
  const auto imu_again = Imu(AslImuYaml({"imu0", imu.rate_hz, imu.noise}, T_base_body));
  ASSERT_TRUE(imu_again) << imu_again.error().Message();
  EXPECT_EQ(imu_again->noise.gyro_random_walk, imu.noise.gyro_random_walk);
  EXPECT_EQ(imu_again->rate_hz, 200);
  EXPECT_LT(se3::Log(imu_again->T_base_imu.Inverse() * T_base_body).norm(), 1e-14);
}

TEST_F(AslSensorYamlTest, MissingKeyIsNamed) {
  EXPECT_EQ(CameraProblem("intrinsics:", "intrinsic:"), "2: key intrinsics is missing");
  EXPECT_EQ(CameraProblem("resolution:", "size:"), "2: key resolution is missing");
  EXPECT_EQ(CameraProblem("T_BS:", "T_SB:"), "2: key T_BS is missing");
  EXPECT_EQ(CameraProblem("distortion_coefficients:", "d:"),
            "2: key distortion_coefficients is missing");
  EXPECT_EQ(CameraProblem("distortion_model:", "d:"), "2: key distortion_model is missing");
  EXPECT_EQ(ImuProblem("gyroscope_random_walk:", "walk:"),
            "1: key gyroscope_random_walk is missing");
}

TEST_F(AslSensorYamlTest, BadIntrinsicsAreNamedWithTheirLine) {
  EXPECT_EQ(CameraProblem("458.654", "0"),
            "14: intrinsics has a focal length that is not positive");
  EXPECT_EQ(CameraProblem("458.654", "-458.654"),
            "14: intrinsics has a focal length that is not positive");
  EXPECT_EQ(CameraProblem("457.296", ".nan"), "14: intrinsics is not finite");
  EXPECT_EQ(CameraProblem("457.296", "wide"), "14: intrinsics is not a number");
  EXPECT_EQ(CameraProblem(", 248.375", ""), "14: intrinsics has 3 values instead of 4");
  EXPECT_EQ(CameraProblem("[458.654, 457.296, 367.215, 248.375]", "458"),
            "14: intrinsics is not a list of numbers");
}

TEST_F(AslSensorYamlTest, BadDistortionIsNamedWithItsLine) {
  EXPECT_EQ(CameraProblem("radial-tangential", "fov"), "15: unknown distortion model 'fov'");
  EXPECT_EQ(CameraProblem(", 1.7e-05", ""),
            "16: distortion_coefficients has 3 values, which does not fit radial-tangential");
  EXPECT_EQ(CameraProblem("pinhole", "omni"), "13: camera_model is 'omni'");
}

TEST_F(AslSensorYamlTest, BadResolutionIsNamedWithItsLine) {
  EXPECT_EQ(CameraProblem("[752, 480]", "[0, 480]"),
            "12: resolution is not two whole numbers from 16 to 16384");
  EXPECT_EQ(CameraProblem("[752, 480]", "[752, 99999]"),
            "12: resolution is not two whole numbers from 16 to 16384");
  EXPECT_EQ(CameraProblem("[752, 480]", "[752.5, 480]"),
            "12: resolution is not two whole numbers from 16 to 16384");
  EXPECT_EQ(CameraProblem("[752, 480]", "[15, 480]"),
            "12: resolution is not two whole numbers from 16 to 16384");
  EXPECT_EQ(CameraProblem("[752, 480]", "[16, 16]"), "accepted");
  EXPECT_EQ(CameraProblem("[752, 480]", "[752]"), "12: resolution does not have 2 values");
}

TEST_F(AslSensorYamlTest, BadPoseIsNamedWithItsLine) {
  EXPECT_EQ(CameraProblem("-1.0, 0.0, -0.02", "-1.1, 0.0, -0.02"),
            "7: the upper left 3x3 of T_BS is not a rotation");
  EXPECT_EQ(CameraProblem("0.0, 0.0, 1.0, 0.01", "0.0, 0.0, -1.0, 0.01"),
            "7: the upper left 3x3 of T_BS is a reflection, not a rotation");
  EXPECT_EQ(CameraProblem("0.0, 0.0, 0.0, 1.0]", "0.0, 0.0, 1.0]"),
            "7: T_BS has 15 values instead of 16");
  EXPECT_EQ(CameraProblem("0.0, 0.0, 0.0, 1.0]", "0.0, 0.0, 0.5, 1.0]"),
            "7: the last row of T_BS is not 0 0 0 1");
  EXPECT_EQ(CameraProblem("-0.02", ".inf"), "7: T_BS is not finite");
  EXPECT_EQ(CameraProblem("data:", "dat:"), "5: T_BS has no data");
}

TEST_F(AslSensorYamlTest, BadImuNumbersAreNamedWithTheirLine) {
  EXPECT_EQ(ImuProblem("1.6968e-04", "0"), "10: gyroscope_noise_density is not in 1e-09 to 10");
  EXPECT_EQ(ImuProblem("3.0000e-3", "-3.0000e-3"),
            "13: accelerometer_random_walk is not in 1e-12 to 100");
  EXPECT_EQ(ImuProblem("1.6968e-04", "9e-10"), "10: gyroscope_noise_density is not in 1e-09 to 10");
  EXPECT_EQ(ImuProblem("1.6968e-04", "10.5"), "10: gyroscope_noise_density is not in 1e-09 to 10");
  EXPECT_EQ(ImuProblem("1.9393e-05", "1e300"), "11: gyroscope_random_walk is not in 1e-12 to 10");
  EXPECT_EQ(ImuProblem("2.0000e-3", "101"),
            "12: accelerometer_noise_density is not in 1e-09 to 100");
  EXPECT_EQ(ImuProblem("2.0000e-3", "1e-300"),
            "12: accelerometer_noise_density is not in 1e-09 to 100");
  for (const char* most : {"10", "1e-9"}) EXPECT_EQ(ImuProblem("1.6968e-04", most), "accepted");
  EXPECT_EQ(ImuProblem("2.0000e-3", "100"), "accepted");
  EXPECT_EQ(ImuProblem("2.0000e-3", ".nan"), "12: accelerometer_noise_density is not finite");
  EXPECT_EQ(ImuProblem("rate_hz: 200", "rate_hz: -200"), "9: rate_hz is negative");
  EXPECT_EQ(ImuProblem("sensor_type: imu", "sensor_type: camera"), "1: sensor_type is 'camera'");
}

TEST_F(AslSensorYamlTest, WhatIsNoYamlIsAnErrorToo) {
  EXPECT_EQ(Problem(Camera("")), "1: is not a list of 'key: value' lines");
  EXPECT_EQ(Problem(Camera("just words")), "1: is not a list of 'key: value' lines");
  const std::string broken = Problem(Camera(Replaced(kCamera, "[752, 480]", "[752, 480")));
  EXPECT_NE(broken.find("is not valid YAML"), std::string::npos) << broken;
  const auto quoting = Camera(Replaced(kCamera, "radial-tangential", "\"a\\nb\""));
  EXPECT_EQ(quoting.error().Message().find('\n'), std::string::npos);
  const auto missing = ReadAslCamera(folder_.path() / "nothing.yaml");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().what, "cannot be read");
}

TEST_F(AslSensorYamlTest, WhatIsNoRegularFileIsNotOpened) {
  ASSERT_EQ(mkfifo(file_.c_str(), 0600), 0);
  for (const Error& error : {ReadAslCamera(file_).error(), ReadAslImu(file_).error(),
                             ReadAslImu(folder_.path()).error()}) {
    EXPECT_EQ(error.kind, ErrorKind::kUnusableInput);
    EXPECT_EQ(error.what, "cannot be read");
  }
}

TEST_F(AslSensorYamlTest, PrintedRotationsAreMadeOrthonormal) {
  const auto camera = Camera(Replaced(kCamera, "0.0, 0.0, 1.0, 0.01", "0.0, 0.0004, 1.0, 0.01"));
  ASSERT_TRUE(camera) << camera.error().Message();
  const Eigen::Matrix3d R = camera->T_base_camera.RotationMatrix();
  EXPECT_LT((R.transpose() * R - Eigen::Matrix3d::Identity()).cwiseAbs().maxCoeff(), 1e-15);
  // Half of the skew goes to each side: the nearest rotation, not one that keeps some axis.
  EXPECT_NEAR(R(2, 1), 0.0002, 1e-7);
}

TEST_F(AslSensorYamlTest, BodyOfTheRigIsTheImu) {
  AslCamera camera;
  camera.camera.width = 4;
  camera.camera.height = 3;
  camera.T_base_camera = {so3::Exp({0.1, 0.2, 0.3}), {1, 2, 3}};
  AslImu imu;
  imu.T_base_imu = {so3::Exp({0, 0, M_PI / 2}), {1, 0, 0}};
  const RigCamera rig_camera = MakeRigCamera("cam3", camera, imu);
  EXPECT_EQ(rig_camera.name, "cam3");
  // The camera stands at (0, 2, 3) from the IMU in base axes; the IMU's x axis is the base's y
  // axis.
  EXPECT_LT((rig_camera.T_body_camera.translation - Eigen::Vector3d(2, 0, 3)).norm(), 1e-15);
  const Eigen::Quaterniond expected = so3::Exp({0, 0, -M_PI / 2}) * so3::Exp({0.1, 0.2, 0.3});
  EXPECT_LT(so3::Log(rig_camera.T_body_camera.rotation * expected.conjugate()).norm(), 1e-15);
}

}  // namespace
}  // namespace nightjar
