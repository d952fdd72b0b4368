// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/calibrate_noise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string>

#include "calibration/estimate/level_selection.h"
#include "calibration/make_camera_model.h"
#include "calibration/rig_yaml.h"
#include "core/whole_file.h"
#include "data/png_image.h"
#include "data/simulator/image_sensor.h"
#include "tests/recordings.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

using testing::HasSubstr;

// What a sensor simulated with the parameters that were measured shows at the measured levels:
// every level within 4 sigma, both of the simulated and of the measured variance (that times
// sqrt(chi2 / degrees of freedom) of the straight line: a real sensor is not quite linear), and the
// mean over the levels likewise.
void ExpectSimulatedOnMeasuredCurve(const NoiseAnswer& answer, size_t channel, int bits) {
  const ChannelNoise& noise = answer.calibration.channels[channel];
  constexpr int kSide = 128;
  constexpr double kExposure_s = 0.01;
  ImageSensorOptions options;
  options.bits = bits;
  options.black_level_dn = answer.calibration.black_level_dn;
  options.full_well_e = ((1 << bits) - 1 - options.black_level_dn) / noise.gain_dn_per_e.value;
  options.read_noise_e = noise.dark_noise_e.value().value;
  options.dark_current_e_per_s = 0;
  options.hot_pixel_share = 0;
  const ImageSensor sensor(options, kSide, kSide, 1, 0);
  const GoodnessOfFit& fit = noise.line.line.fit;
  const double misfit = std::sqrt(std::max(1.0, fit.chi2 / fit.degrees_of_freedom));
  double sum = 0, sum_weights = 0;
  for (size_t i = 0; i < answer.levels.size(); ++i) {
    if (noise.uses[i] != LevelUse::kUsed) continue;
    const NoisePoint measured = PointOf(answer.levels[i], channel, noise.black_level_dn.value);
    const double electrons = std::max(measured.signal_dn, 0.0) / noise.gain_dn_per_e.value;
    Image<float> light(kSide, kSide);
    light.fill(static_cast<float>(electrons / kExposure_s));
    LevelGatherer gatherer(kSide, kSide, ChannelLayout::kOne, {});
    for (int k = 0; k < 4; ++k)
      gatherer.Add(sensor.Expose(light, {kExposure_s, 1}, static_cast<int64_t>(4 * i) + k));
    const double simulated = gatherer.Finish().channels[0].variance_dn2;
    const double simulated_sigma = std::sqrt(2.0 / 3 / kSide / kSide);
    const double measured_sigma = misfit * std::sqrt(2 / (measured.pixels * (measured.frames - 1)));
    const double sigma = std::hypot(simulated_sigma, measured_sigma);
    const double difference = simulated / measured.variance_dn2 - 1;
    EXPECT_LT(std::abs(difference), 4 * sigma) << answer.levels[i].name << " channel " << channel;
    sum += difference / (sigma * sigma);
    sum_weights += 1 / (sigma * sigma);
  }
  EXPECT_LT(std::abs(sum / sum_weights), 4 / std::sqrt(sum_weights)) << "channel " << channel;
  EXPECT_LT(4 / std::sqrt(sum_weights), 0.05) << "the bound is one";
}

TEST(CalibrateNoise, BaslerCcdByItsEmvaDataFile) {
  NIGHTJAR_RECORDING(folder, "raw/emva1288_set001");
  CalibrateNoiseOptions options;
  options.inputs = {folder};
  const auto answer = CalibrateNoiseFromFiles(options);
  ASSERT_TRUE(answer) << answer.error().Message();
  const ChannelNoise& noise = answer->calibration.channels[0];
  EXPECT_NEAR(noise.gain_dn_per_e.value / 0.280, 1, 0.01);
  EXPECT_NEAR(noise.dark_variance_dn2.value / 9.45, 1, 0.03);
  EXPECT_NEAR(noise.black_level_dn.value, 14.7, 0.1);
  EXPECT_EQ(answer->calibration.white_level_dn, 4095);
  ASSERT_EQ(answer->levels.size(), 26U);
  int saturated = 0;
  for (size_t i = 0; i < answer->levels.size(); ++i) {
    const bool full = answer->levels[i].statistics.channels[0].mean_dn == 4095;
    EXPECT_EQ(noise.uses[i], full ? LevelUse::kSaturated : LevelUse::kUsed);
    saturated += full ? 1 : 0;
  }
  EXPECT_EQ(saturated, 3);
  ExpectSimulatedOnMeasuredCurve(*answer, 0, 12);
}

// The published slopes are those of the variance *within* frames, fixed pattern included. What
// differs from frame to frame is less, by the pattern that the frames of a level have in common.
TEST(CalibrateNoise, NikonByTheExposuresOfItsFitsFiles) {
  NIGHTJAR_RECORDING(folder, "raw/nikon_d7000_noise");
  CalibrateNoiseOptions options;
  options.inputs = {folder};
  options.colour_filter = ColourFilter::kGrbg;
  options.black_level_dn = 0;
  options.bits = 14;
  const auto answer = CalibrateNoiseFromFiles(options);
  ASSERT_TRUE(answer) << answer.error().Message();
  EXPECT_EQ(answer->levels.size(), 28U)
      << "30 of 23 exposures and two apertures; two have one frame";
  EXPECT_EQ(answer->notes.size(), 2U);
  constexpr std::array<double, 4> kPublished = {.425, .487, .468, .422};
  for (size_t c = 0; c < 4; ++c) {
    std::vector<NoisePoint> total;
    double pattern_of_dim = 0, pattern_of_bright = 0, dim = 0, bright = 0;
    for (const PhotonTransferLevel& level : answer->levels) {
      const ChannelStatistics& channel = level.statistics.channels[c];
      total.push_back(PointOf(level, c, 0));
      total.back().variance_dn2 += channel.fixed_dn2;
      (channel.mean_dn < 1000 ? pattern_of_dim : pattern_of_bright) += channel.fixed_dn2;
      (channel.mean_dn < 1000 ? dim : bright) += channel.variance_dn2;
    }
    const double with_pattern = FitNoiseLine(total).value().line.slope;
    const Measured& temporal = answer->calibration.channels[c].gain_dn_per_e;
    std::printf("channel %zu: %.4f with the pattern, %.4f +- %.4f without, published %.3f\n", c,
                with_pattern, temporal.value, temporal.sigma, kPublished[c]);
    EXPECT_NEAR(with_pattern / kPublished[c], 1, 0.03);
    EXPECT_NEAR(temporal.value / kPublished[c], 0.94, 0.02);
    EXPECT_LT(std::abs(pattern_of_dim / dim), 0.03);
    EXPECT_GT(pattern_of_bright / bright, 0.1);
    ExpectSimulatedOnMeasuredCurve(*answer, c, 14);
  }
}

// A folder of levels as a user would record them: PNG, in the dark and in the light.
class CalibrateNoiseFromFolders : public testing::Test {
 protected:
  void WriteLevel(const std::string& name, double signal) {
    const ImageSensor sensor(options_, 32, 32, 3, 0);
    Image<float> light(32, 32);
    light.fill(static_cast<float>(signal * options_.full_well_e / 4 / 0.01));
    std::filesystem::create_directories(folder_.path() / name);
    for (int i = 0; i < 4; ++i, ++frame_) {
      const auto png = EncodeMonoPng(sensor.Expose(light, {0.01, 4}, frame_));
      const auto file = folder_.path() / name / (std::to_string(i) + ".png");
      ASSERT_TRUE(WriteWholeFile(file, png.value()));
    }
  }

  void SetUp() override {
    WriteLevel("dark", 0);
    for (const double signal : {0.05, 0.2, 0.4, 0.8, 2.0})
      WriteLevel("light/" + std::to_string(signal), signal);
    request_.inputs = {folder_.path() / "light"};
    request_.dark = {folder_.path() / "dark"};
    request_.gain = 4;
    RigCamera camera;
    camera.name = "cam0";
    camera.width = 640;
    camera.height = 480;
    camera.model = MakeCameraModel("none", {400, 400, 320, 240}, {}).value();
    rig_.imu = {"imu0", 200, {1.7e-4, 1.9e-5, 2e-3, 3e-3}};
    rig_.cameras = {camera};
    camera.name = "cam1";
    rig_.cameras.push_back(camera);
  }

  ImageSensorOptions options_;
  TemporaryFolder folder_;
  int64_t frame_ = 0;
  CalibrateNoiseOptions request_;
  Rig rig_;
};

TEST_F(CalibrateNoiseFromFolders, PutsTheProfileOfAGainIntoTheNamedCameraOfARig) {
  request_.output = folder_.path() / "rig.yaml";
  rig_.cameras[1].sensor.pixel_format = PixelFormat::kRaw10;
  rig_.cameras[1].sensor.black_level = 64;
  rig_.cameras[1].sensor.noise = {{1, {{1e-4, 1e-6}}}, {4, {{9, 9}}}, {8, {{1e-3, 1e-5}}}};
  ASSERT_TRUE(WriteRigYaml(rig_, request_.output));
  EXPECT_THAT(CalibrateNoiseFromFiles(request_).error().Message(), HasSubstr("cam0, cam1"));
  request_.camera = "cam1";
  const auto answer = CalibrateNoiseFromFiles(request_);
  ASSERT_TRUE(answer) << answer.error().Message();
  const auto rig = ReadRigYaml(request_.output);
  ASSERT_TRUE(rig) << rig.error().Message();
  EXPECT_TRUE(rig->cameras[0].sensor.noise.empty());
  const CameraSensor& sensor = rig->cameras[1].sensor;
  EXPECT_EQ(sensor.black_level, 64);
  EXPECT_EQ(sensor.white_level, 1023);
  ASSERT_EQ(sensor.noise.size(), 3U);
  EXPECT_EQ(sensor.noise[1].gain, 4);
  const NoiseProfile exact = ExactNoise(options_, 4);
  EXPECT_NEAR(sensor.noise[1].channels[0].scale / exact.channels[0].scale, 1, 0.05);
  EXPECT_NEAR(sensor.noise[1].channels[0].offset / exact.channels[0].offset, 1, 0.15);
  EXPECT_EQ(sensor.noise[2].channels[0].scale, 1e-3) << "other gains are kept";
}

TEST_F(CalibrateNoiseFromFolders, HotPixelsJoinThoseOfACameraOfTheirSize) {
  // One that deviates in all frames of the dark.
  const ImageSensor sensor(options_, 32, 32, 3, 0);
  const Image<float> nothing = FilledImage<float>(32, 32, 0);
  for (int i = 0; i < 4; ++i) {
    Image<uint16_t> frame = sensor.Expose(nothing, {0.01, 4}, 100 + i);
    frame(5, 7) = 500;
    const auto file = folder_.path() / "dark" / (std::to_string(i) + ".png");
    ASSERT_TRUE(WriteWholeFile(file, EncodeMonoPng(frame).value()));
  }
  request_.output = folder_.path() / "rig.yaml";
  request_.camera = "cam1";
  rig_.cameras[1].sensor.defective_pixels = {{9, 9}};
  for (const int side : {32, 33}) {
    rig_.cameras[1].width = rig_.cameras[1].height = side;
    ASSERT_TRUE(WriteRigYaml(rig_, request_.output));
    const auto answer = CalibrateNoiseFromFiles(request_);
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->notes.size(), side == 32 ? 0U : 1U);
    const auto rig = ReadRigYaml(request_.output);
    ASSERT_TRUE(rig) << rig.error().Message();
    const auto& listed = rig->cameras[1].sensor.defective_pixels;
    EXPECT_EQ(std::count(listed.begin(), listed.end(), PixelPosition{5, 7}), side == 32 ? 1 : 0);
    EXPECT_EQ(std::count(listed.begin(), listed.end(), PixelPosition{9, 9}), 1);
  }
}

TEST_F(CalibrateNoiseFromFolders, ContradictionsLeaveTheRigAsItWas) {
  request_.output = folder_.path() / "rig.yaml";
  request_.camera = "cam0";
  rig_.cameras[0].sensor.pixel_format = PixelFormat::kRaw12;
  rig_.cameras[0].sensor.noise = {{1, {{1e-4, 1e-6}}}};
  ASSERT_TRUE(WriteRigYaml(rig_, request_.output));
  const std::string before = ReadText(request_.output);
  const auto answer = CalibrateNoiseFromFiles(request_);
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().Message(), HasSubstr("noise at other gains is about 0 and 4095"));
  EXPECT_EQ(ReadText(request_.output), before);
}

TEST_F(CalibrateNoiseFromFolders, WithoutARigItWritesTheKeysOfACamera) {
  request_.output = folder_.path() / "noise.yaml";
  ASSERT_TRUE(CalibrateNoiseFromFiles(request_));
  const std::string text = ReadText(request_.output);
  EXPECT_THAT(text, HasSubstr("pixel_format: raw10\n"));
  EXPECT_THAT(text, HasSubstr("black_level: 64\nwhite_level: 1023\n"));
  EXPECT_THAT(text, HasSubstr("noise_profile:\n  - {gain: 4, scale: "));
}

TEST_F(CalibrateNoiseFromFolders, BadInputIsAnErrorThatNamesTheFile) {
  const auto error = [&] { return CalibrateNoiseFromFiles(request_).error().Message(); };
  const auto first = folder_.path() / "light" / "0.050000" / "0.png";
  const std::string whole = ReadText(first);
  WriteText(first, whole.substr(0, whole.size() / 2));
  EXPECT_THAT(error(), HasSubstr(first.string()));
  Image<uint16_t> small(16, 16);
  small.fill(100);
  WriteText(first, EncodeMonoPng(small).value());
  EXPECT_THAT(error(), HasSubstr("16x16, those before are 32x32"));
  WriteText(first, whole);
  request_.dark = {};
  EXPECT_THAT(error(), HasSubstr("black level is not known"));
  request_.camera = "cam0";
  EXPECT_THAT(error(), HasSubstr("--rig"));
}

}  // namespace
}  // namespace nightjar
