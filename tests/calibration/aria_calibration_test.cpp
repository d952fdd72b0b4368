// SPDX-License-Identifier: Apache-2.0
#include "calibration/aria_calibration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "calibration/make_camera_model.h"
#include "core/so3.h"
#include "tests/calibration/edited_text.h"
#include "tests/recordings.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

using testing::Contains;
using testing::HasSubstr;

// imu-right is turned by a quarter about z against the device and stands at (0, 1, 0).
constexpr const char* kText = R"({
"ImuCalibrations": [
  {"Label": "imu-left", "Gyroscope": {"TimeOffsetSec_Device_Gyro": 0.002},
   "Accelerometer": {"TimeOffsetSec_Device_Accel": 0.001},
   "T_Device_Imu": {"Translation": [0, 0, 0], "UnitQuaternion": [1, [0, 0, 0]]}},
  {"Label": "imu-right", "Gyroscope": {"TimeOffsetSec_Device_Gyro": 0.004},
   "Accelerometer": {"TimeOffsetSec_Device_Accel": 0.004},
   "T_Device_Imu": {"Translation": [0, 1, 0],
                    "UnitQuaternion": [0.70710678118654757, [0, 0, 0.70710678118654757]]}}],
"CameraCalibrations": [
  {"Label": "camera-slam-left", "Projection": {"Name": "FisheyeRadTanThinPrism",
     "Params": [242, 320, 241, -0.027, 0.102, -0.072, 0.0125, 0.0012, -0.0004, 0.0005, 0.0006,
                -0.0012, -0.0004, -0.0006, 0.00001]},
   "T_Device_Camera": {"Translation": [0, 0, 0], "UnitQuaternion": [1, [0, 0, 0]]}},
  {"Label": "camera-et-left", "TimeOffsetSec_Device_Camera": 0.0005,
   "Projection": {"Name": "KannalaBrandtK3",
     "Params": [557, 556, 319.5, 239.5, 0.04, -0.04, 0.12, -0.28]},
   "T_Device_Camera": {"Translation": [2, 0, 0], "UnitQuaternion": [1, [0, 0, 0]]}}]})";

class AriaCalibrationTest : public testing::Test {
 protected:
  Result<Rig> Read(const std::string& text) {
    WriteText(file_, text);
    notes_.clear();
    return ReadAriaCalibration(file_, notes_);
  }
  std::string Problem(const std::string& from, const std::string& to) {
    const Result<Rig> rig = Read(Replaced(kText, from, to));
    if (rig) return "accepted";
    EXPECT_EQ(rig.error().kind, ErrorKind::kUnusableInput);
    EXPECT_EQ(rig.error().where, file_.string());
    return rig.error().what;
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "calibration.json";
  std::vector<std::string> notes_;
};

TEST_F(AriaCalibrationTest, BodyIsTheRightImu) {
  const Result<Rig> rig = Read(kText);
  ASSERT_TRUE(rig) << rig.error().Message();
  EXPECT_EQ(rig->imu.name, "imu-right");
  ASSERT_EQ(rig->cameras.size(), 2u);
  // The device's origin seen from the IMU: 1 m along the device's -y, which is the IMU's -x.
  EXPECT_LT((rig->cameras[0].T_body_camera.translation - Eigen::Vector3d(-1, 0, 0)).norm(), 1e-15);
  EXPECT_LT((rig->cameras[1].T_body_camera.translation - Eigen::Vector3d(-1, -2, 0)).norm(), 1e-15);
  ASSERT_EQ(rig->further_imus.size(), 1u);
  EXPECT_EQ(rig->further_imus[0].name, "imu-left");
  EXPECT_LT((rig->further_imus[0].T_body_imu.translation - Eigen::Vector3d(-1, 0, 0)).norm(),
            1e-15);
}

TEST_F(AriaCalibrationTest, StampsOfTheImuAreLate) {
  // t_device = t_gyro - 0.004: what happens at the device's 10 s is stamped 10.004 by the IMU.
  const Result<Rig> rig = Read(kText);
  EXPECT_DOUBLE_EQ(rig->cameras[0].time_offset_s, 0.004);
  EXPECT_DOUBLE_EQ(rig->cameras[1].time_offset_s, 0.004 - 0.0005);
  EXPECT_DOUBLE_EQ(rig->further_imus[0].time_offset_s, 0.004 - 0.002);
  EXPECT_THAT(notes_, Contains(HasSubstr("imu-left: accelerometer stamps are -1.00 ms off")));
}

TEST_F(AriaCalibrationTest, ModelsAreAriasWithTwoFocalLengths) {
  const Result<Rig> rig = Read(kText);
  EXPECT_EQ(rig->cameras[0].model->Name(), "FisheyeRadTanThinPrism");
  const std::vector<double> slam = rig->cameras[0].model->Parameters();
  ASSERT_EQ(slam.size(), 16u);
  EXPECT_EQ((std::vector<double>(slam.begin(), slam.begin() + 5)),
            (std::vector<double>{242, 242, 320, 241, -0.027}));
  EXPECT_EQ(slam.back(), 0.00001);
  EXPECT_EQ(rig->cameras[1].model->Name(), "equidistant");
  EXPECT_EQ(rig->cameras[0].width, 640);
  EXPECT_EQ(rig->cameras[0].height, 480);
}

TEST_F(AriaCalibrationTest, SizesAndReadoutsAreReadByTheIndexOfTheCamera) {
  const Result<Rig> rig =
      Read(Replaced(kText, R"("CameraCalibrations")",
                    R"("ImageSizes": [[640, 480], [320, 240]], "ReadoutTimesSec": [[1, 0.0101]],
         "CameraCalibrations")"));
  ASSERT_TRUE(rig) << rig.error().Message();
  EXPECT_EQ(rig->cameras[1].width, 320);
  EXPECT_EQ(rig->cameras[1].height, 240);
  EXPECT_EQ(rig->cameras[0].readout_s, 0);
  EXPECT_EQ(rig->cameras[1].readout_s, 0.0101);
}

TEST_F(AriaCalibrationTest, WhatIsWrongIsNamedWithItsPath) {
  EXPECT_EQ(Problem("[242, 320,", "[320,"),
            "CameraCalibrations[0].Projection cannot be used: distortion_coefficients has 10 "
            "values, which does not fit FisheyeRadTanThinPrism");
  EXPECT_EQ(Problem("[242,", "[-242,"),
            "CameraCalibrations[0].Projection cannot be used: intrinsics has a focal length that "
            "is not positive");
  EXPECT_EQ(Problem("KannalaBrandtK3", "Fisheye62"),
            "CameraCalibrations[1].Projection cannot be used: unknown distortion model "
            "'Fisheye62'");
  EXPECT_EQ(Problem("[557,", "[\"557\","),
            "CameraCalibrations[1].Projection.Params is not a number");
  EXPECT_EQ(Problem("[0.70710678118654757, [", "[0.8, ["),
            "ImuCalibrations[1].T_Device_Imu.UnitQuaternion is not a rotation: its length is not "
            "1");
  EXPECT_EQ(Problem("[1, [0, 0, 0]]", "[1, 0, 0, 0]"),
            "ImuCalibrations[0].T_Device_Imu.UnitQuaternion is not [w, [x, y, z]]");
  EXPECT_EQ(Problem("[0, 1, 0]", "[0, 1]"),
            "ImuCalibrations[1].T_Device_Imu.Translation has 2 values instead of 3");
  EXPECT_EQ(Problem("imu-right", "imu-left"), "ImuCalibrations[1].Label is imu-left a second time");
  EXPECT_EQ(Problem("camera-et-left", "camera-x"),
            "ImageSizes is missing, and camera-x is no camera of Aria's");
  EXPECT_EQ(Problem("\"CameraCalibrations\"", "\"Cameras\""), "CameraCalibrations is missing");
  EXPECT_EQ(Problem("\"Gyroscope\"", "\"Gyro\""), "ImuCalibrations[0].Gyroscope is missing");
}

TEST_F(AriaCalibrationTest, CutFilesAreErrors) {
  const std::string text = kText;
  for (size_t length = 0; length + 1 < text.size(); length += 29) {
    const Result<Rig> rig = Read(text.substr(0, length));
    ASSERT_FALSE(rig);
    EXPECT_EQ(rig.error().what, "is not valid JSON");
  }
  EXPECT_EQ(Read(text.substr(0, text.find("\"CameraCal"))).error().where,
            file_.string() + ":" +
                std::to_string(1 + std::count(text.begin(),
                                              text.begin() + static_cast<std::ptrdiff_t>(
                                                                 text.find("\"CameraCal")),
                                              '\n')));
  EXPECT_FALSE(Read("[1, 2]"));
}

TEST_F(AriaCalibrationTest, WhatIsWrittenIsReadBack) {
  Rig rig = Read(kText).value();
  rig.cameras[1].readout_s = 0.005;
  RigCamera ours = rig.cameras[0];
  ours.name = "cam7";
  ours.model = MakeCameraModel("radtan", {400, 401, 320, 240}, {0.1, 0.2, 0.001, 0.002}).value();
  rig.cameras.push_back(ours);
  const Result<Rig> again = Read(AriaCalibrationText(rig, notes_));
  ASSERT_TRUE(again) << again.error().Message();
  EXPECT_EQ(again->imu.name, rig.imu.name);
  ASSERT_EQ(again->cameras.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    const RigCamera& a = again->cameras[i];
    const RigCamera& b = rig.cameras[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.width, b.width);
    EXPECT_EQ(a.model->Name(), b.model->Name());
    EXPECT_EQ(a.model->Parameters(), b.model->Parameters());
    EXPECT_EQ(a.time_offset_s, b.time_offset_s);
    EXPECT_EQ(a.readout_s, b.readout_s);
    EXPECT_LT(se3::Log(a.T_body_camera.Inverse() * b.T_body_camera).norm(), 1e-14);
  }
  EXPECT_EQ(again->further_imus[0].time_offset_s, rig.further_imus[0].time_offset_s);
  // Aria's library wants the device frame to be that of the left SLAM camera.
  const auto json = OrderedJson::parse(AriaCalibrationText(rig, notes_));
  EXPECT_EQ(json["OriginSpecification"]["ChildLabel"], "camera-slam-left");
  const auto& slam = json["CameraCalibrations"][0]["T_Device_Camera"];
  EXPECT_NEAR(slam["UnitQuaternion"][0].get<double>(), 1, 1e-15);
  EXPECT_NEAR(slam["Translation"][1].get<double>(), 0, 1e-15);
  EXPECT_NEAR(json["ImuCalibrations"][0]["T_Device_Imu"]["Translation"][1].get<double>(), 1, 1e-15);
  EXPECT_EQ(json["CameraCalibrations"][0]["Projection"]["Params"].size(), 15u);
  EXPECT_EQ(json["CameraCalibrations"][1]["Projection"]["Name"], "KannalaBrandtK3");
}

// The text of the tag calib_json in the head of a VRS file: its length follows in 4 bytes.
std::string CalibrationTag(const std::filesystem::path& vrs) {
  const std::string bytes = ReadText(vrs);
  const size_t at = bytes.find("calib_json") + 10;
  size_t length = 0;
  for (size_t i = 0; i < 4; ++i)
    length |= static_cast<size_t>(static_cast<unsigned char>(bytes.at(at + i))) << (8 * i);
  return bytes.substr(at + 4, length);
}

// Every pixel of the image circle has a bearing that leads back to it.
void ExpectImageComesBack(const RigCamera& camera) {
  const std::vector<double> p = camera.model->Parameters();
  const double radius = 0.49 * std::min(camera.width, camera.height);
  for (int i = 0; i < 1000; ++i) {
    const double angle = 0.1 * i, r = radius * i / 1000;
    const Eigen::Vector2d pixel(p[2] + r * std::cos(angle), p[3] + r * std::sin(angle));
    const auto bearing = camera.model->Unproject(pixel);
    ASSERT_TRUE(bearing) << camera.name << " " << pixel.transpose();
    EXPECT_LT((*camera.model->Project(*bearing) - pixel).norm(), 1e-9) << camera.name;
  }
}

TEST_F(AriaCalibrationTest, RealFactoryCalibration) {
  NIGHTJAR_RECORDING(vrs, "aria/digital_twin/video.vrs");
  const Result<Rig> rig = Read(CalibrationTag(vrs));
  ASSERT_TRUE(rig) << rig.error().Message();
  ASSERT_EQ(rig->cameras.size(), 5u);
  EXPECT_EQ(rig->imu.name, "imu-right");
  for (const RigCamera& camera : rig->cameras) ExpectImageComesBack(camera);
  const RigCamera& colour = rig->cameras[4];
  EXPECT_EQ(colour.name, "camera-rgb");
  EXPECT_EQ(colour.width, 2880);
  // From projectaria-tools 2.3.0: inverse of get_transform_device_sensor("imu-right") times
  // get_transform_device_sensor("camera-rgb").
  Eigen::Matrix4d expected;
  expected << 0.989562891781035, 0.144082145486318, 0.002370350610126, 0.013682947673744,
      0.115697953541779, -0.784598172769609, -0.60911385703564, -0.103744638999967,
      -0.085902658609613, 0.603030714506856, -0.793079246106687, 0.070558491413784, 0, 0, 0, 1;
  EXPECT_LT((colour.T_body_camera.RotationMatrix() - expected.topLeftCorner<3, 3>())
                .cwiseAbs()
                .maxCoeff(),
            1e-13);
  EXPECT_LT((colour.T_body_camera.translation - expected.topRightCorner<3, 1>()).norm(), 1e-14);
}

TEST_F(AriaCalibrationTest, RealFactoryCalibrationOfTheOtherDevice) {
  NIGHTJAR_RECORDING(vrs, "aria/recording/recording.vrs");
  const Result<Rig> rig = Read(CalibrationTag(vrs));
  ASSERT_TRUE(rig) << rig.error().Message();
  ASSERT_EQ(rig->cameras.size(), 5u);
  for (const RigCamera& camera : rig->cameras) ExpectImageComesBack(camera);
  // What the glasses look like: SLAM cameras about 14 cm apart.
  const double baseline =
      (rig->cameras[0].T_body_camera.translation - rig->cameras[1].T_body_camera.translation)
          .norm();
  EXPECT_NEAR(baseline, 0.137, 0.005);
}

TEST_F(AriaCalibrationTest, RealOnlineCalibration) {
  NIGHTJAR_RECORDING(jsonl, "aria/mps_sample/online_calibration.jsonl");
  const Result<Rig> rig = ReadAriaCalibration(jsonl, notes_);
  ASSERT_TRUE(rig) << rig.error().Message();
  ASSERT_EQ(rig->cameras.size(), 3u);
  EXPECT_EQ(rig->imu.name, "imu-right");
  EXPECT_NEAR(rig->cameras[0].time_offset_s, 0.004111632239073, 1e-15);
  for (const RigCamera& camera : rig->cameras) ExpectImageComesBack(camera);
  EXPECT_THAT(notes_, Contains("the first of 121 lines is taken"));
}

}  // namespace
}  // namespace nightjar
