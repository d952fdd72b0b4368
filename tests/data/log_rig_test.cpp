// SPDX-License-Identifier: Apache-2.0
// A rig's file in a log or beside it, and the sensor.yaml files of the log.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "calibration/rig_yaml.h"
#include "data/sensor_log.h"
#include "tests/data/small_log.h"

namespace nightjar {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class LogRigTest : public SmallLog {
 protected:
  void SetUp() override {
    SmallLog::SetUp();
    rig_ = MakeRig();
  }

  void WriteRig(const std::filesystem::path& file) const {
    const Status written = WriteRigYaml(rig_, file);
    ASSERT_TRUE(written) << written.error().Message();
  }
  std::unique_ptr<SensorLog> Open(const SensorLogOptions& options = {}) const {
    auto log = OpenSensorLog(log_, options);
    EXPECT_TRUE(log) << log.error().Message();
    return log ? *std::move(log) : nullptr;
  }
  Error Refused(const SensorLogOptions& options = {}) const {
    const auto log = OpenSensorLog(log_, options);
    EXPECT_FALSE(log) << "opened";
    return log ? Error{} : log.error();
  }
  void SetModel(size_t camera, std::vector<double> parameters) {
    rig_.cameras[camera].model =
        MakeCameraModel("radial-tangential", {parameters.begin(), parameters.begin() + 4},
                        {parameters.begin() + 4, parameters.end()})
            .value();
  }
  void Append(const std::string& name, const std::string& lines) const {
    WriteText(root_ / name, ReadText(root_ / name) + lines);
  }

  Rig rig_;
  std::filesystem::path in_log_ = log_ / "rig.yaml";
};

TEST_F(LogRigTest, TheRigOfTheLogWins) {
  SetModel(1, {18, 17.2, 9.5, 7.5, -0.1, 0.02, 1e-3, -2e-3});
  WriteRig(in_log_);
  const auto log = Open();
  EXPECT_EQ(log->rig().cameras[1].model->Parameters()[0], 18);
  EXPECT_EQ(log->rig().cameras[0].model->Parameters()[0], 17.1);
  EXPECT_THAT(log->contents().notes, ElementsAre("the rig is that of rig.yaml"));
  ASSERT_EQ(log->anomalies().size(), 1u);
  EXPECT_EQ(log->anomalies()[0].what, "fx is 17.1 here and 18 in the rig's file, which wins");
  EXPECT_EQ(log->anomalies()[0].first_where, "cam1/sensor.yaml");
  EXPECT_EQ(log->anomalies()[0].count, 1);
}

TEST_F(LogRigTest, TheRigOfTheRequestWinsOverThatOfTheLog) {
  WriteRig(in_log_);
  const std::string identity = Open()->identity();
  SetModel(0, {17.5, 17.2, 9.5, 7.5, -0.1, 0.02, 1e-3, -2e-3});
  const std::filesystem::path given = folder_.path() / "given.yaml";
  WriteRig(given);
  const auto log = Open({.rig_file = given});
  EXPECT_EQ(log->rig().cameras[0].model->Parameters()[0], 17.5);
  EXPECT_NE(log->identity(), identity);
  const std::string with_given = log->identity();
  std::filesystem::rename(given, folder_.path() / "elsewhere.yaml");
  EXPECT_EQ(Open({.rig_file = folder_.path() / "elsewhere.yaml"})->identity(), with_given);
  SetModel(0, {17.6, 17.2, 9.5, 7.5, -0.1, 0.02, 1e-3, -2e-3});
  WriteRig(given);
  EXPECT_NE(Open({.rig_file = given})->identity(), with_given);
}

TEST_F(LogRigTest, ARigThatAgreesIsSilent) {
  SetModel(0, {17.1 * (1 + 5e-7), 17.2, 9.5, 7.5, -0.1, 0.02, 1e-3, -2e-3});  // rounding
  rig_.cameras[1].T_body_camera.translation.x() += 5e-6;
  rig_.cameras[1].readout_s = 0.01;  // sensor.yaml does not say it
  rig_.cameras[1].sensor.noise = {{1, {{1e-4, 1e-6}}}};
  WriteRig(in_log_);
  const auto log = Open();
  EXPECT_THAT(log->anomalies(), IsEmpty());
  EXPECT_EQ(log->rig().cameras[1].readout_s, 0.01);
}

TEST_F(LogRigTest, EveryDisagreementIsNamedWithItsValue) {
  Append("cam0/sensor.yaml",
         "time_offset_s: 0.005\nreadout_s: 0.02\nblack_level: 16\ntimestamp_reference: start\n");
  rig_.cameras[0].time_offset_s = 0.003;
  rig_.cameras[0].sensor.black_level = 8;
  rig_.cameras[0].T_body_camera.translation.z() += 0.25;
  rig_.imu.noise.gyro_random_walk = 3e-5;
  WriteRig(in_log_);
  std::vector<std::string> what;
  const auto log = Open();
  for (const LogAnomaly& anomaly : log->anomalies())
    what.push_back(anomaly.first_where + " " + anomaly.what);
  EXPECT_THAT(
      what,
      testing::IsSupersetOf(
          {std::string("cam0/sensor.yaml T_BS is 0.25 m and 0 rad from what the rig's file says, "
                       "which wins"),
           std::string("cam0/sensor.yaml time_offset_s is 0.005 here and 0.003 in the rig's file, "
                       "which wins"),
           std::string(
               "cam0/sensor.yaml readout_s is 0.02 here and 0 in the rig's file, which wins"),
           std::string(
               "cam0/sensor.yaml 'black_level: 16' is not what the rig's file says, which wins"),
           std::string("cam0/sensor.yaml 'timestamp_reference: start' is not what the rig's file "
                       "says, which wins"),
           std::string("imu0/sensor.yaml gyroscope_random_walk is 2e-05 here and 3e-05 in the "
                       "rig's file, which wins")}));
}

TEST_F(LogRigTest, APoseTheWrongWayRoundIsAnErrorOnItsLine) {
  rig_.cameras[1].T_body_camera = rig_.cameras[1].T_body_camera.Inverse();
  WriteRig(in_log_);
  const Error error = Refused();
  EXPECT_EQ(error.kind, ErrorKind::kUnusableInput);
  EXPECT_EQ(error.what, "T_BS is the inverse of the pose of cam1 in rig.yaml");
  // sensor_type, T_BS, cols, rows, data.
  EXPECT_THAT(error.where, testing::MatchesRegex(".*cam1/sensor.yaml:[23]"));
  EXPECT_TRUE(Open({.cameras = {"cam0"}})) << "nothing is said of what is not read";
}

// Two calibrations of one device: near each other's inverse, and not equal to it.
TEST_F(LogRigTest, AnInverseIsOneAlsoWhenItIsOfAnotherCalibration) {
  const Vector6d other = 1e-3 * Vector6d::Ones();
  rig_.cameras[1].T_body_camera = rig_.cameras[1].T_body_camera.Inverse() * se3::Exp(other);
  WriteRig(in_log_);
  EXPECT_THAT(Refused().what, HasSubstr("inverse"));
}

// The identity is its own inverse; half a turn about an axis nearly is.
TEST_F(LogRigTest, APoseThatIsItsOwnInverseIsNoMistake) {
  rig_.cameras[0].T_body_camera = {};
  rig_.cameras[1].T_body_camera = {so3::Exp({0, 0, M_PI}), {0, 0, 0}};
  const std::filesystem::path other = folder_.path() / "other";
  AslLogWriter writer(other, rig_);
  ASSERT_TRUE(writer.AddImu(MakeSample(0)));
  for (int c = 0; c < 2; ++c) ASSERT_TRUE(writer.AddFrame(MakeFrame(c, 0)));
  ASSERT_TRUE(writer.Finish());
  rig_.cameras[0].T_body_camera.translation.x() = 1e-4;
  WriteRig(other / "rig.yaml");
  const auto log = OpenSensorLog(other);
  ASSERT_TRUE(log) << log.error().Message();
  EXPECT_EQ((*log)->anomalies().size(), 1u) << "moved by a tenth of a millimetre";
}

TEST_F(LogRigTest, SensorFilesAreNotNeededBesideARig) {
  WriteRig(in_log_);
  for (const char* stream : {"cam0", "cam1", "imu0"})
    std::filesystem::remove(root_ / stream / "sensor.yaml");
  const auto log = Open();
  EXPECT_THAT(log->anomalies(), IsEmpty());
  EXPECT_EQ(log->rig().imu.noise.gyro_random_walk, 2e-5);
  EXPECT_EQ(FrameTimes(ReadAll(*log), 0, kStart).size(), static_cast<size_t>(kFrames));
}

TEST_F(LogRigTest, ASensorFileThatIsBrokenIsReported) {
  WriteRig(in_log_);
  ReplaceLine("cam0/sensor.yaml", 7, "resolution: [20, 15]");
  const auto log = Open();
  ASSERT_EQ(log->anomalies().size(), 1u);
  EXPECT_THAT(log->anomalies()[0].what,
              HasSubstr("resolution is not two whole numbers from 16 to 16384"));
  EXPECT_THAT(log->anomalies()[0].what, testing::Not(HasSubstr(root_.string())))
      << "a session holds no path";
}

TEST_F(LogRigTest, CamerasThatTheLogLacksAreNamed) {
  RigCamera more = rig_.cameras[1];
  more.name = "cam7";
  rig_.cameras.insert(rig_.cameras.begin(), more);
  WriteRig(in_log_);
  const auto log = Open();
  ASSERT_EQ(log->rig().cameras.size(), 2u);
  EXPECT_EQ(log->rig().cameras[0].name, "cam0");
  EXPECT_THAT(log->contents().notes,
              ElementsAre("the rig is that of rig.yaml", "cam7 of the rig is not in the log"));
}

TEST_F(LogRigTest, CamerasThatTheRigLacksAreAnError) {
  rig_.cameras.pop_back();
  WriteRig(in_log_);
  const Error error = Refused();
  EXPECT_EQ(error.kind, ErrorKind::kUnusableInput);
  EXPECT_EQ(error.what, "does not list camera cam1");
  EXPECT_EQ(error.where, in_log_.string());
  EXPECT_TRUE(Open({.cameras = {"cam0"}}));
}

TEST_F(LogRigTest, TheBodyMustBeTheLogsImu) {
  rig_.imu.name = "imu1";
  WriteRig(in_log_);
  EXPECT_EQ(Refused().what, "its body is 'imu1', not imu0");
}

TEST_F(LogRigTest, ABrokenRigIsAnErrorWithItsLine) {
  WriteText(in_log_, "version: 1\nimu: [\n");
  EXPECT_THAT(Refused().where, testing::StartsWith(in_log_.string() + ":"));
  std::filesystem::remove(in_log_);
  const Error error = Refused({.rig_file = folder_.path() / "nothing.yaml"});
  EXPECT_EQ(error.kind, ErrorKind::kUnusableInput);
  EXPECT_THAT(error.where, HasSubstr("nothing.yaml"));
}

// The stamps of a frame move as the rig that wins says.
TEST_F(LogRigTest, TimesAreThoseOfTheRigThatWins) {
  Append("cam0/sensor.yaml", "time_offset_s: 0.005\n");
  EXPECT_EQ(FrameTimes(ReadAll(*Open({.cameras = {"cam0"}})), 0, kStart).front(),
            25 * kMillisecond);
  rig_.cameras[0].time_offset_s = -0.003;
  WriteRig(in_log_);
  const auto log = Open({.cameras = {"cam0"}});
  EXPECT_EQ(FrameTimes(ReadAll(*log), 0, kStart).front(), 17 * kMillisecond);
}

TEST_F(LogRigTest, KeysOfRawSensorsAreReadFromASensorFile) {
  Append("cam0/sensor.yaml",
         "pixel_format: raw12\ncfa: grbg\nblack_level: 64\nwhite_level: 4000\n"
         "timestamp_reference: end\nreadout_s: 0.004\n");
  const auto log = Open({.cameras = {"cam0"}});
  const CameraSensor& sensor = log->rig().cameras[0].sensor;
  EXPECT_EQ(sensor.pixel_format, PixelFormat::kRaw12);
  EXPECT_EQ(sensor.colour_filter, ColourFilter::kGrbg);
  EXPECT_EQ(sensor.black_level, 64);
  EXPECT_EQ(sensor.white_level, 4000);
  const Result<std::optional<Record>> imu = log->Next();  // 0, 10 ms
  ASSERT_TRUE(imu);
  // The frame at 20 ms of which half of 4 ms of readout is taken off; no exposure is listed.
  for (auto record = log->Next(); record && *record; record = log->Next()) {
    if (const auto* frame = std::get_if<Frame>(&**record)) {
      EXPECT_EQ(frame->time, FromNanoseconds(kStart + 18 * kMillisecond));
      break;
    }
  }
}

TEST_F(LogRigTest, NoiseThatTheRigLeavesOutIsThatOfTheSensorFile) {
  Append("cam0/sensor.yaml",
         "black_level: 16\nnoise_profile: [{gain: 2, scale: 1e-3, offset: 1e-5}]\n");
  const auto noise_with_black = [&](int black) {
    rig_.cameras[0].sensor.black_level = black;
    WriteRig(in_log_);
    return Open()->rig().cameras[0].sensor.noise;
  };
  ASSERT_EQ(noise_with_black(16).size(), 1U);
  EXPECT_EQ(noise_with_black(16)[0].channels[0].scale, 1e-3);
  EXPECT_TRUE(noise_with_black(17).empty()) << "which is about other levels";
  rig_.cameras[0].sensor.noise = {{2, {{4e-3, 1e-5}}}};
  EXPECT_EQ(noise_with_black(16)[0].channels[0].scale, 4e-3) << "the rig wins";
}

TEST_F(LogRigTest, ARigBelongsToTheIdentity) {
  const std::string plain = Open()->identity();
  WriteRig(in_log_);
  const std::string with_rig = Open()->identity();
  EXPECT_NE(with_rig, plain);
  rig_.cameras[0].rate_hz = 49;
  WriteRig(in_log_);
  EXPECT_NE(Open()->identity(), with_rig);
}

}  // namespace
}  // namespace nightjar
