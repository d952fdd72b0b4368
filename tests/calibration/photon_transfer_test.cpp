// SPDX-License-Identifier: Apache-2.0
#include "calibration/estimate/photon_transfer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "tests/calibration/flat_fields.h"

namespace nightjar {
namespace {

using testing::HasSubstr;

// Errors of one parameter over many sensors, in units of their sigma.
struct Errors {
  double squares = 0, largest = 0;
  int count = 0;

  void Add(const Measured& measured, double truth) {
    const double error = (measured.value - truth) / measured.sigma;
    squares += error * error;
    largest = std::max(largest, std::abs(error));
    ++count;
  }
};

TEST(PhotonTransfer, SigmaIsTrueOverAHundredSensors) {
  FlatFields fields;
  fields.gain = 8;
  fields.signals.push_back(1.5);
  // The black level is that of the pixels that are seen: a pattern of whole rows would move it by
  // more than its noise, and away from the nominal one.
  fields.sensor.row_offset_sigma_e = 0;
  const ImageSensorOptions& sensor = fields.sensor;
  const double dn_per_e = ConversionGain(sensor, fields.gain);
  const double range = 1023 - sensor.black_level_dn;
  const double dark_variance = std::pow(dn_per_e * sensor.read_noise_e, 2) + 1.0 / 12;
  std::map<std::string, Errors> errors;
  for (fields.seed = 1; fields.seed <= 100; ++fields.seed) {
    const auto calibration = CalibrateNoise(ExposeLevels(fields), {});
    ASSERT_TRUE(calibration) << calibration.error().Message();
    const ChannelNoise& noise = calibration->channels[0];
    EXPECT_EQ(calibration->black_level_dn, 64);
    EXPECT_EQ(calibration->white_level_dn, 1023);
    errors["gain"].Add(noise.gain_dn_per_e, dn_per_e);
    errors["dark variance"].Add(noise.dark_variance_dn2, dark_variance);
    errors["black"].Add(noise.black_level_dn, sensor.black_level_dn);
    errors["scale"].Add(noise.scale, dn_per_e / range);
    errors["offset"].Add(noise.offset, dark_variance / (range * range));
    errors["dark noise"].Add(noise.dark_noise_e.value(), sensor.read_noise_e);
    errors["dark current"].Add(noise.dark_current_e_per_s.value(), sensor.dark_current_e_per_s);
    errors["full well"].Add(noise.full_well_e.value(), sensor.full_well_e / fields.gain);
    EXPECT_EQ(noise.saturation_dn.value().value, 1023) << "a code, not a statistic";
  }
  for (const auto& [name, error] : errors) {
    const double mean = error.squares / error.count;
    std::printf("%-14s mean e^2/sigma^2 %.3f, largest %.2f\n", name.c_str(), mean, error.largest);
    EXPECT_GT(mean, 0.7) << name;
    EXPECT_LT(mean, 1.4) << name;
    EXPECT_LT(error.largest, 5) << name;
  }
}

// Without dark frames gain and dark variance are estimated from the same levels and err together.
TEST(PhotonTransfer, SigmaOfDarkNoiseIsTrueWithoutDarkFrames) {
  FlatFields fields;
  fields.gain = 8;
  fields.signals = {0.005, 0.01, 0.02, 0.04, 0.08};
  fields.dark_exposures_s = {};
  fields.sensor.row_offset_sigma_e = 0;
  Errors errors;
  double correlation = 0;
  for (fields.seed = 1; fields.seed <= 100; ++fields.seed) {
    const auto calibration =
        CalibrateNoise(ExposeLevels(fields),
                       {.black_level_dn = static_cast<double>(fields.sensor.black_level_dn)});
    ASSERT_TRUE(calibration) << calibration.error().Message();
    const ChannelNoise& noise = calibration->channels[0];
    errors.Add(noise.dark_noise_e.value(), fields.sensor.read_noise_e);
    const Eigen::Matrix2d& covariance = noise.line.line.covariance;
    correlation = covariance(0, 1) / std::sqrt(covariance(0, 0) * covariance(1, 1));
  }
  EXPECT_LT(correlation, -0.5) << "or there is nothing to be seen";
  const double mean = errors.squares / errors.count;
  std::printf("mean e^2/sigma^2 %.3f, largest %.2f\n", mean, errors.largest);
  EXPECT_GT(mean, 0.7);
  EXPECT_LT(mean, 1.4);
  EXPECT_LT(errors.largest, 5);
}

// The sensor model is what it declares: 275 pairs a gain, of differences only, from the dark to
// 0.8 of white.
TEST(PhotonTransfer, TheSimulatedSensorHasTheNoiseThatItDeclares) {
  FlatFields fields;
  fields.frames = 50;
  const CameraSensor declared = DescribeSensor(fields.sensor, ColourFilter::kNone);
  for (const NoiseProfile& profile : declared.noise) {
    fields.gain = profile.gain;
    const auto levels = ExposeLevels(fields);
    const auto calibration = CalibrateNoise(levels, {.largest_code_dn = 1023});
    ASSERT_TRUE(calibration) << calibration.error().Message();
    const NoiseProfile::Channel& measured = calibration->profile.channels[0];
    EXPECT_NEAR(measured.scale / profile.channels[0].scale, 1, 0.01) << "gain " << profile.gain;
    EXPECT_NEAR(measured.offset / profile.channels[0].offset, 1, 0.02) << "gain " << profile.gain;
    EXPECT_EQ(calibration->channels[0].uses, std::vector<LevelUse>(levels.size(), LevelUse::kUsed));
    EXPECT_LT(calibration->channels[0].line.line.fit.chi2, 30) << "9 degrees of freedom";
  }
}

// A sensor whose samples end at 900, which is no power of two: found by what is seen there.
TEST(PhotonTransfer, LeavesOutSaturatedLevelsByThemselves) {
  FlatFields fields;
  fields.gain = 4;
  fields.signals = {0.05, 0.1, 0.2, 0.4, 0.6, 0.85, 1.2, 1.5};
  const auto clip = [](Image<uint16_t>& frame, int) {
    frame.for_each_value([](uint16_t& dn) { dn = std::min<uint16_t>(dn, 900); });
  };
  const auto calibration = CalibrateNoise(ExposeLevels(fields, clip), {});
  ASSERT_TRUE(calibration) << calibration.error().Message();
  const ChannelNoise& noise = calibration->channels[0];
  std::vector<LevelUse> expected(11, LevelUse::kUsed);
  // 0.85 of the range is 879 +- 18 DN: some of its samples are cut off.
  for (const size_t i : {8U, 9U, 10U}) expected[i] = LevelUse::kSaturated;
  EXPECT_EQ(noise.uses, expected);
  EXPECT_EQ(noise.saturation_dn.value().value, 900);
  EXPECT_EQ(calibration->white_level_dn, 900);
  const double truth = ConversionGain(fields.sensor, fields.gain);
  EXPECT_NEAR(noise.gain_dn_per_e.value, truth, 5 * noise.gain_dn_per_e.sigma);
}

TEST(PhotonTransfer, LeavesOutBlackThatIsClippedAndThenAsksForTheBlackLevel) {
  FlatFields fields;
  fields.gain = 8;
  fields.sensor.black_level_dn = 1;
  const auto levels = ExposeLevels(fields);
  const auto unknown = CalibrateNoise(levels, {});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::kUnusableInput);
  EXPECT_THAT(unknown.error().Message(), HasSubstr("black level is not known"));
  const auto given = CalibrateNoise(levels, {.black_level_dn = 1});
  ASSERT_TRUE(given) << given.error().Message();
  const ChannelNoise& noise = given->channels[0];
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(noise.uses[i], LevelUse::kBlackClipped);
  const double truth = std::pow(ConversionGain(fields.sensor, 8) * 2.5, 2) + 1.0 / 12;
  EXPECT_NEAR(noise.dark_variance_dn2.value, truth, 5 * noise.dark_variance_dn2.sigma);
}

TEST(PhotonTransfer, FindsDefectivePixelsAndKeepsThemOutOfTheNoise) {
  FlatFields fields;
  fields.gain = 4;
  fields.sensor.hot_pixel_share = 0;
  const auto spoil = [](Image<uint16_t>& frame, int i) {
    frame(10, 20) = static_cast<uint16_t>(std::min(1000, frame(10, 20) + 150));
    frame(63, 63) = 64;
    frame(30, 5) = static_cast<uint16_t>(i % 2 == 0 ? 20 : frame(30, 5));
    frame(5, 0) = static_cast<uint16_t>(i % 2 == 0 ? 0 : 1000);
  };
  const auto calibration = CalibrateNoise(ExposeLevels(fields, spoil), {});
  ASSERT_TRUE(calibration) << calibration.error().Message();
  std::vector<std::pair<int, int>> places;
  for (const DefectivePixel& pixel : calibration->defective_pixels)
    places.emplace_back(pixel.x, pixel.y);
  EXPECT_THAT(places, testing::ElementsAre(std::pair(5, 0), std::pair(30, 5), std::pair(10, 20),
                                           std::pair(63, 63)));
  EXPECT_EQ(calibration->defective_pixels[2].kind, DefectivePixel::Kind::kHot);
  EXPECT_EQ(calibration->defective_pixels[3].kind, DefectivePixel::Kind::kResponse);
  const ChannelNoise& noise = calibration->channels[0];
  const double truth = std::pow(ConversionGain(fields.sensor, 4) * 2.5, 2) + 1.0 / 12;
  EXPECT_NEAR(noise.dark_variance_dn2.value, truth, 5 * noise.dark_variance_dn2.sigma);
}

TEST(PhotonTransfer, SaysWhyItCannot) {
  FlatFields fields;
  fields.gain = 4;
  auto levels = ExposeLevels(fields);
  EXPECT_EQ(CalibrateNoise({}, {}).error().kind, ErrorKind::kUnusableInput);
  EXPECT_EQ(CalibrateNoise(levels, {.gain = 0}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(CalibrateNoise(levels, {.gain = std::nan("")}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(CalibrateNoise(levels, {.black_level_dn = 70, .white_level_dn = 60}).error().kind,
            ErrorKind::kUsage);
  const auto two = std::span(levels).subspan(2, 2);
  EXPECT_THAT(CalibrateNoise(two, {}).error().Message(),
              HasSubstr("2 levels of light can be used"));
  levels[5].statistics.brightness_change = 0.3;
  EXPECT_THAT(CalibrateNoise(levels, {}).error().Message(), HasSubstr("differs by 30 %"));
  levels[5].statistics.brightness_change = 0;
  levels[5].statistics.unstable_share = 0.2;
  EXPECT_EQ(CalibrateNoise(levels, {}).value().channels[0].uses[5], LevelUse::kNotStatic);
}

}  // namespace
}  // namespace nightjar
