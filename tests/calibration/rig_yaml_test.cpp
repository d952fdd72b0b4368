// SPDX-License-Identifier: Apache-2.0
#include "calibration/rig_yaml.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "calibration/make_camera_model.h"
#include "core/so3.h"
#include "tests/calibration/edited_text.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

// Line numbers count; tests name them.
constexpr const char* kText =
    "version: 1\n"                                                                     // 1
    "cameras:\n"                                                                       // 2
    "  - name: cam0\n"                                                                 // 3
    "    rate_hz: 20\n"                                                                // 4
    "    resolution: [752, 480]\n"                                                     // 5
    "    model: radial-tangential\n"                                                   // 6
    "    intrinsics: [458, 457, 367, 248]\n"                                           // 7
    "    distortion_coefficients: [-0.28, 0.07, 0.0002, 1.7e-05]\n"                    // 8
    "    parameter_sigmas: [1, 2, 3, 4, 0.1, 0.2, 0.3, 0.4]\n"                         // 9
    "    T_body_camera:\n"                                                             // 10
    "      [[0, -1, 0, -0.02],\n"                                                      // 11
    "       [1, 0, 0, -0.06],\n"                                                       // 12
    "       [0, 0, 1, 0.01],\n"                                                        // 13
    "       [0, 0, 0, 1]]\n"                                                           // 14
    "    T_body_camera_sigma: [0.001, 0.001, 0.002, 0.01, 0.01, 0.02]\n"               // 15
    "    time_offset_s: -0.005\n"                                                      // 16
    "    time_offset_sigma_s: 1e-4\n"                                                  // 17
    "    readout_s: 0.015\n"                                                           // 18
    "    readout_sigma_s: 1e-5\n"                                                      // 19
    "    pixel_format: raw10\n"                                                        // 20
    "    cfa: rggb\n"                                                                  // 21
    "    black_level: 64\n"                                                            // 22
    "    white_level: 1000\n"                                                          // 23
    "    timestamp_reference: start\n"                                                 // 24
    "    noise_profile:\n"                                                             // 25
    "      - {gain: 1, scale: 1e-4, offset: 1e-6}\n"                                   // 26
    "      - {gain: 8, scale: [8e-4, 7e-4, 7e-4, 9e-4], offset: [1, 2, 3, 4]}\n"       // 27
    "imu:\n"                                                                           // 28
    "  name: imu0\n"                                                                   // 29
    "  rate_hz: 200\n"                                                                 // 30
    "  gyroscope_noise_density: 1.6968e-04\n"                                          // 31
    "  gyroscope_random_walk: 1.9393e-05\n"                                            // 32
    "  accelerometer_noise_density: 2.0e-3\n"                                          // 33
    "  accelerometer_random_walk: 3.0e-3\n"                                            // 34
    "further_imus:\n"                                                                  // 35
    "  - name: imu1\n"                                                                 // 36
    "    T_body_imu: {translation_m: [1, 2, 3], quaternion_xyzw: [0, 0, 0.6, 0.8]}\n"  // 37
    "    time_offset_s: 0.001\n"                                                       // 38
    "event_cameras:\n"                                                                 // 39
    "  - name: events0\n"                                                              // 40
    "    resolution: [346, 260]\n"                                                     // 41
    "    model: none\n"                                                                // 42
    "    intrinsics: [250, 251, 173, 130]\n"                                           // 43
    "    T_body_camera: {translation_m: [0, 0, 0], quaternion_xyzw: [0, 0, 0, 1]}\n"   // 44
    "    time_offset_s: 0.002\n";                                                      // 45

class RigYamlTest : public testing::Test {
 protected:
  Result<Rig> Read(const std::string& text) {
    WriteText(file_, text);
    return ReadRigYaml(file_);
  }
  // "LINE: WHAT; REMEDY" of the error.
  std::string Problem(const std::string& text) {
    const Result<Rig> rig = Read(text);
    if (rig) return "accepted";
    EXPECT_EQ(rig.error().kind, ErrorKind::kUnusableInput);
    const std::string message = rig.error().Message();
    const std::string prefix = file_.string() + ":";
    EXPECT_EQ(message.rfind(prefix, 0), 0u) << message;
    return message.substr(prefix.size());
  }
  std::string Problem(const std::string& from, const std::string& to) {
    return Problem(Replaced(kText, from, to));
  }

  TemporaryFolder folder_;
  std::filesystem::path file_ = folder_.path() / "rig.yaml";
};

TEST_F(RigYamlTest, ReadsEverything) {
  const Result<Rig> rig = Read(kText);
  ASSERT_TRUE(rig) << rig.error().Message();
  ASSERT_EQ(rig->cameras.size(), 1u);
  const RigCamera& camera = rig->cameras[0];
  EXPECT_EQ(camera.name, "cam0");
  EXPECT_EQ(camera.rate_hz, 20);
  EXPECT_EQ(camera.width, 752);
  EXPECT_EQ(camera.height, 480);
  EXPECT_EQ(camera.model->Parameters(),
            (std::vector<double>{458, 457, 367, 248, -0.28, 0.07, 0.0002, 1.7e-05}));
  EXPECT_EQ(camera.parameter_sigmas, (std::vector<double>{1, 2, 3, 4, 0.1, 0.2, 0.3, 0.4}));
  // The camera's x axis is the body's y axis.
  EXPECT_LT(
      (camera.T_body_camera * Eigen::Vector3d(1, 0, 0) - Eigen::Vector3d(-0.02, 0.94, 0.01)).norm(),
      1e-15);
  EXPECT_EQ((*camera.mount_sigma.T_body_sensor)[2], 0.002);
  EXPECT_EQ((*camera.mount_sigma.T_body_sensor)[5], 0.02);
  EXPECT_EQ(camera.time_offset_s, -0.005);
  EXPECT_EQ(camera.mount_sigma.time_offset_s, 1e-4);
  EXPECT_EQ(camera.readout_s, 0.015);
  EXPECT_EQ(camera.readout_sigma_s, 1e-5);
  EXPECT_EQ(camera.sensor.pixel_format, PixelFormat::kRaw10);
  EXPECT_EQ(camera.sensor.colour_filter, ColourFilter::kRggb);
  EXPECT_EQ(camera.sensor.black_level, 64);
  EXPECT_EQ(camera.sensor.white_level, 1000);
  EXPECT_EQ(camera.sensor.stamp_reference, StampReference::kStart);
  ASSERT_EQ(camera.sensor.noise.size(), 2u);
  EXPECT_EQ(camera.sensor.noise[0].channels.size(), 1u);
  EXPECT_EQ(camera.sensor.noise[0].channels[0].offset, 1e-6);
  EXPECT_EQ(camera.sensor.noise[1].gain, 8);
  EXPECT_EQ(camera.sensor.noise[1].channels[3].scale, 9e-4);
  EXPECT_EQ(camera.sensor.noise[1].channels[3].offset, 4);
  EXPECT_EQ(rig->imu.name, "imu0");
  EXPECT_EQ(rig->imu.rate_hz, 200);
  EXPECT_EQ(rig->imu.noise.accelerometer_random_walk, 3e-3);
  ASSERT_EQ(rig->further_imus.size(), 1u);
  EXPECT_FALSE(rig->further_imus[0].noise.IsKnown());
  EXPECT_EQ(rig->further_imus[0].time_offset_s, 0.001);
  // 2 atan2(0.6, 0.8) about z: cos = 0.28, sin = 0.96.
  EXPECT_LT(
      (rig->further_imus[0].T_body_imu * Eigen::Vector3d(1, 0, 0) - Eigen::Vector3d(1.28, 2.96, 3))
          .norm(),
      1e-15);
  ASSERT_EQ(rig->event_cameras.size(), 1u);
  EXPECT_EQ(rig->event_cameras[0].width, 346);
  EXPECT_EQ(rig->event_cameras[0].time_offset_s, 0.002);
}

// Every field differs from its default, and no number has a short decimal form.
Rig FullRig() {
  Rig rig;
  double next = 0.1;
  const auto number = [&next] { return next = std::nextafter(next * 1.37, 100); };
  const auto pose = [&] {
    return Se3{so3::Exp({number() / 100, number() / 300, number() / 200}),
               {number(), -number(), number()}};
  };
  const auto sigma = [&] {
    MountSigma mount;
    mount.T_body_sensor = Vector6d::Constant(number());
    mount.time_offset_s = number();
    return mount;
  };
  for (const auto& [name, model, count] :
       {std::tuple{"cam0", "radial-tangential", 5u}, std::tuple{"left", "rational", 8u},
        std::tuple{"cam-2", "equidistant", 4u}, std::tuple{"x", "double-sphere", 2u},
        std::tuple{"rgb.1", "FisheyeRadTanThinPrism", 12u}}) {
    RigCamera camera;
    camera.name = name;
    camera.width = 641;
    camera.height = 479;
    camera.rate_hz = number();
    std::vector<double> distortion(count);
    for (double& value : distortion) value = number() / 1e3;
    camera.model =
        MakeCameraModel(model, {number(), number(), number(), -number()}, distortion).value();
    camera.T_body_camera = pose();
    camera.time_offset_s = -number() / 100;
    camera.readout_s = number() / 100;
    camera.sensor = {PixelFormat::kRaw12,
                     ColourFilter::kGbrg,
                     17,
                     4001,
                     {{number(), {{number() / 1e3, number() / 1e3}}},
                      {2 * number(), {{number() / 1e3, 0.5}, {0, number() / 1e3}, {1, 2}, {3, 4}}}},
                     {{0, 0}, {camera.width - 1, 0}, {0, camera.height - 1}},
                     {0.1 / 3, -0.5 / 3, 29.0 / 3},
                     StampReference::kEnd};
    camera.parameter_sigmas.assign(4 + count, number());
    camera.readout_sigma_s = number();
    camera.mount_sigma = sigma();
    rig.cameras.push_back(camera);
    next = 0.1;
  }
  const ImuNoise noise = {number() / 1e4, number() / 1e5, number() / 1e3, number() / 1e4};
  rig.imu = {"imu0", number(), noise};
  rig.imu.noise_sigma = {number() / 1e6, 0, number() / 1e5, number() / 1e6};
  rig.further_imus = {{"imu1", number(), noise, pose(), number(), sigma()}};
  RigEventCamera events;
  events.name = "events0";
  events.width = 1280;
  events.height = 720;
  events.model = rig.cameras[2].model;
  events.T_body_camera = pose();
  events.time_offset_s = number();
  events.parameter_sigmas.assign(8, number());
  events.mount_sigma = sigma();
  rig.event_cameras = {events};
  return rig;
}

void ExpectSamePose(const Se3& a, const Se3& b) {
  EXPECT_EQ(a.rotation.coeffs(), b.rotation.coeffs());
  EXPECT_EQ(a.translation, b.translation);
}

void ExpectSameSigma(const MountSigma& a, const MountSigma& b) {
  EXPECT_EQ(a.T_body_sensor, b.T_body_sensor);
  EXPECT_EQ(a.time_offset_s, b.time_offset_s);
}

TEST_F(RigYamlTest, WhatIsWrittenIsReadBackBitForBit) {
  const Rig rig = FullRig();
  ASSERT_TRUE(WriteRigYaml(rig, file_));
  const Result<Rig> again = ReadRigYaml(file_);
  ASSERT_TRUE(again) << again.error().Message() << "\n" << ReadText(file_);
  ASSERT_EQ(again->cameras.size(), rig.cameras.size());
  for (size_t i = 0; i < rig.cameras.size(); ++i) {
    const RigCamera& a = rig.cameras[i];
    const RigCamera& b = again->cameras[i];
    EXPECT_EQ(a.name, b.name);
    EXPECT_EQ(a.rate_hz, b.rate_hz);
    EXPECT_EQ(std::pair(a.width, a.height), std::pair(b.width, b.height));
    EXPECT_EQ(a.model->Name(), b.model->Name());
    EXPECT_EQ(a.model->Parameters(), b.model->Parameters());
    ExpectSamePose(a.T_body_camera, b.T_body_camera);
    EXPECT_EQ(a.time_offset_s, b.time_offset_s);
    EXPECT_EQ(a.readout_s, b.readout_s);
    EXPECT_EQ(a.sensor.pixel_format, b.sensor.pixel_format);
    EXPECT_EQ(a.sensor.colour_filter, b.sensor.colour_filter);
    EXPECT_EQ(a.sensor.black_level, b.sensor.black_level);
    EXPECT_EQ(a.sensor.white_level, b.sensor.white_level);
    EXPECT_EQ(a.sensor.stamp_reference, b.sensor.stamp_reference);
    EXPECT_EQ(a.sensor.defective_pixels, b.sensor.defective_pixels);
    EXPECT_EQ(a.sensor.lens_shading, b.sensor.lens_shading);
    ASSERT_EQ(a.sensor.noise.size(), b.sensor.noise.size());
    for (size_t k = 0; k < a.sensor.noise.size(); ++k) {
      EXPECT_EQ(a.sensor.noise[k].gain, b.sensor.noise[k].gain);
      ASSERT_EQ(a.sensor.noise[k].channels.size(), b.sensor.noise[k].channels.size());
      for (size_t c = 0; c < a.sensor.noise[k].channels.size(); ++c) {
        EXPECT_EQ(a.sensor.noise[k].channels[c].scale, b.sensor.noise[k].channels[c].scale);
        EXPECT_EQ(a.sensor.noise[k].channels[c].offset, b.sensor.noise[k].channels[c].offset);
      }
    }
    EXPECT_EQ(a.parameter_sigmas, b.parameter_sigmas);
    EXPECT_EQ(a.readout_sigma_s, b.readout_sigma_s);
    ExpectSameSigma(a.mount_sigma, b.mount_sigma);
  }
  EXPECT_EQ(again->imu.rate_hz, rig.imu.rate_hz);
  EXPECT_EQ(again->imu.noise.gyro_noise_density, rig.imu.noise.gyro_noise_density);
  EXPECT_EQ(again->imu.noise.gyro_random_walk, rig.imu.noise.gyro_random_walk);
  EXPECT_EQ(again->imu.noise.accelerometer_noise_density,
            rig.imu.noise.accelerometer_noise_density);
  EXPECT_EQ(again->imu.noise.accelerometer_random_walk, rig.imu.noise.accelerometer_random_walk);
  EXPECT_EQ(again->imu.noise_sigma.gyro_noise_density, rig.imu.noise_sigma.gyro_noise_density);
  EXPECT_EQ(again->imu.noise_sigma.gyro_random_walk, 0) << "not known";
  EXPECT_EQ(again->imu.noise_sigma.accelerometer_random_walk,
            rig.imu.noise_sigma.accelerometer_random_walk);
  ASSERT_EQ(again->further_imus.size(), 1u);
  ExpectSamePose(again->further_imus[0].T_body_imu, rig.further_imus[0].T_body_imu);
  EXPECT_EQ(again->further_imus[0].time_offset_s, rig.further_imus[0].time_offset_s);
  ExpectSameSigma(again->further_imus[0].mount_sigma, rig.further_imus[0].mount_sigma);
  ASSERT_EQ(again->event_cameras.size(), 1u);
  ExpectSamePose(again->event_cameras[0].T_body_camera, rig.event_cameras[0].T_body_camera);
  EXPECT_EQ(again->event_cameras[0].time_offset_s, rig.event_cameras[0].time_offset_s);
  EXPECT_EQ(again->event_cameras[0].parameter_sigmas, rig.event_cameras[0].parameter_sigmas);
  ExpectSameSigma(again->event_cameras[0].mount_sigma, rig.event_cameras[0].mount_sigma);
  EXPECT_EQ(RigYamlText(*again), RigYamlText(rig));
}

TEST_F(RigYamlTest, UnknownKeysAreNamedWithTheNearestKnownOne) {
  EXPECT_EQ(Problem("intrinsics:", "intrinsic:"), "7: unknown key intrinsic; is intrinsics meant?");
  EXPECT_EQ(Problem("time_offset_s:", "time_ofset_s:"),
            "16: unknown key time_ofset_s; is time_offset_s meant?");
  EXPECT_EQ(Problem("further_imus:", "more_things:"), "35: unknown key more_things; remove it");
  EXPECT_EQ(Problem("offset: 1e-6", "offest: 1e-6"), "26: unknown key offest; is offset meant?");
  EXPECT_EQ(Problem("rate_hz: 20\n", "rate_hz: 20\n    rate_hz: 30\n"),
            "5: key rate_hz is there twice");
}

TEST_F(RigYamlTest, MissingKeysAreNamed) {
  EXPECT_EQ(Problem("version: 1\n", ""), "1: key version is missing; add it");
  EXPECT_EQ(Problem("    model: radial-tangential\n", ""), "3: key model is missing; add it");
  EXPECT_EQ(Problem("  gyroscope_random_walk: 1.9393e-05\n", ""),
            "29: key gyroscope_random_walk is missing; add it");
  EXPECT_EQ(Problem("    distortion_coefficients: [-0.28, 0.07, 0.0002, 1.7e-05]\n", ""),
            "3: key distortion_coefficients is missing; add it");
  EXPECT_EQ(Problem("version: 1", "version: 2"),
            "1: version 2 of rig.yaml is unknown; this program reads version 1");
}

TEST_F(RigYamlTest, PosesTheWrongWayRoundAreRefused) {
  EXPECT_EQ(Problem("T_body_camera:", "T_camera_body:"),
            "11: T_camera_body is the inverse of what is asked for; invert it and call it "
            "T_body_camera");
  EXPECT_EQ(Problem("T_body_imu:", "T_imu_body:"),
            "37: T_imu_body is the inverse of what is asked for; invert it and call it T_body_imu");
  EXPECT_EQ(Problem("  name: imu0\n", "  name: imu0\n  time_offset_s: 0\n"),
            "30: time_offset_s of imu is given; remove it: this IMU's frame is the body's, its "
            "clock the rig's");
}

TEST_F(RigYamlTest, WhatIsNoRotationIsRefused) {
  EXPECT_EQ(Problem("[0, -1, 0, -0.02]", "[0, -1.1, 0, -0.02]"),
            "11: the upper left 3x3 of T_body_camera is not a rotation");
  EXPECT_EQ(Problem("[0, 0, 1, 0.01]", "[0, 0, -1, 0.01]"),
            "11: the upper left 3x3 of T_body_camera is a reflection, not a rotation; a "
            "right-handed frame has z = x cross y");
  EXPECT_EQ(Problem("[0, 0, 0, 1]]", "[0, 0, 0, 2]]"),
            "11: the last row of T_body_camera is not 0 0 0 1");
  EXPECT_EQ(Problem("[0, 0, 1, 0.01]", "[0, 0, 1]"), "13: T_body_camera has 3 values instead of 4");
  EXPECT_EQ(Problem("[0, 0, 0.6, 0.8]", "[0, 0, 0.6, 0.9]"),
            "37: quaternion_xyzw of T_body_imu is not a rotation: its length is not 1");
  EXPECT_EQ(Problem("[0, 0, 0.6, 0.8]", "[0, 0, 0.6]"),
            "37: quaternion_xyzw of T_body_imu has 3 values instead of 4");
}

TEST_F(RigYamlTest, NumbersThatCannotBeAreRefused) {
  EXPECT_EQ(Problem("[458,", "[0,").substr(0, 55),
            "7: intrinsics has a focal length that is not positive; ");
  EXPECT_EQ(Problem("[458,", "[-458,").substr(0, 55),
            "7: intrinsics has a focal length that is not positive; ");
  EXPECT_EQ(Problem("[458,", "[.inf,"), "7: intrinsics is not finite");
  EXPECT_EQ(Problem("time_offset_s: -0.005", "time_offset_s: .nan"),
            "16: time_offset_s is not finite");
  EXPECT_EQ(Problem("time_offset_sigma_s: 1e-4", "time_offset_sigma_s: 0"),
            "17: time_offset_sigma_s is not positive");
  EXPECT_EQ(Problem("readout_sigma_s: 1e-5", "readout_sigma_s: -1e-5"),
            "19: readout_sigma_s is not positive");
  EXPECT_EQ(Problem("[1, 2, 3, 4, 0.1", "[1, 2, 0, 4, 0.1"),
            "9: parameter_sigmas has a sigma that is not positive");
  EXPECT_EQ(Problem("[1, 2, 3, 4, 0.1", "[1, 2, 4, 0.1"),
            "9: parameter_sigmas has 7 values instead of 8");
  EXPECT_EQ(Problem("[0.001, 0.001, 0.002", "[0.001, 0.002"),
            "15: T_body_camera_sigma has 5 values instead of 6");
  EXPECT_EQ(Problem("readout_s: 0.015", "readout_s: -0.015"), "18: readout_s is negative");
  EXPECT_EQ(Problem("1.6968e-04", "16968").substr(0, 50),
            "31: gyroscope_noise_density is not in 1e-09 to 10;");
}

TEST_F(RigYamlTest, SensorsThatCannotBeAreRefused) {
  EXPECT_EQ(Problem("raw10", "raw11"),
            "20: pixel_format is 'raw11'; known are mono8, mono16, raw10, raw12, raw14, raw16");
  EXPECT_EQ(Problem("white_level: 1000", "white_level: 1024"),
            "23: white_level is not a whole number from 65 to 1023");
  EXPECT_EQ(Problem("black_level: 64", "black_level: 64.5"),
            "22: black_level is not a whole number from 0 to 1022");
  EXPECT_EQ(Problem("scale: 1e-4", "scale: -1e-4"), "26: scale of noise_profile is negative");
  EXPECT_EQ(Problem("offset: 1e-6", "offset: 0"),
            "26: offset of noise_profile is 0; every sensor has read noise");
  EXPECT_EQ(Problem("scale: 1e-4", "scale: 1e30"), "26: scale of noise_profile is above 1000");
  EXPECT_EQ(Problem("gain: 8", "gain: 1"),
            "27: the gains of noise_profile do not rise; sort its entries by gain");
  EXPECT_EQ(Problem("cfa: rggb", "cfa: none").substr(0, 35), "27: scale of noise_profile has 4 va");
  EXPECT_EQ(Problem("timestamp_reference: start", "timestamp_reference: begin"),
            "24: timestamp_reference is 'begin'; known are start, mid, middle, end");
  EXPECT_EQ(Problem("model: radial-tangential", "model: omni").substr(0, 38),
            "6: unknown distortion model 'omni'; kn");
}

TEST_F(RigYamlTest, NamesAreUniqueAndPlain) {
  EXPECT_EQ(Problem("name: imu1", "name: cam0"),
            "36: name cam0 is taken by line 3; give each sensor a name of its own");
  EXPECT_EQ(Problem("name: events0", "name: a/b").substr(0, 17), "40: name is 'a/b'");
  EXPECT_EQ(Problem("name: events0", "name: ..").substr(0, 16), "40: name is '..'");
}

TEST_F(RigYamlTest, WhatIsNoRigFileIsAnErrorToo) {
  EXPECT_EQ(Problem("").substr(0, 38), "1: is not a list of 'key: value' lines");
  EXPECT_NE(Problem("version: [1\n").find(": is not valid YAML"), std::string::npos);
  EXPECT_EQ(Problem("version: 1\nimu: 3\n"), "2: imu is not a list of 'key: value' lines");
  EXPECT_EQ(Problem("version: 1\nimu: {name: i}\ncameras: {name: c}\n"),
            "3: cameras is not a list; begin each entry with '- '");
  EXPECT_EQ(ReadRigYaml(folder_.path()).error().what, "cannot be read");
  // Cut anywhere, it is an error or a rig of fewer sensors, never a crash.
  const std::string text = RigYamlText(FullRig());
  for (size_t length = 0; length < text.size(); length += 61) Read(text.substr(0, length));
}

TEST_F(RigYamlTest, AnOutputIsWholeOrNotThere) {
  ASSERT_TRUE(WriteRigYaml(FullRig(), folder_.path() / "new" / "rig.yaml"));
  const Status failed = WriteRigYaml(FullRig(), folder_.path() / "new");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().kind, ErrorKind::kUsage);
  size_t entries = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder_.path())) {
    ++entries;
    EXPECT_EQ(entry.path().string().find("partial"), std::string::npos) << entry.path();
  }
  EXPECT_EQ(entries, 2u);
}

}  // namespace
}  // namespace nightjar
