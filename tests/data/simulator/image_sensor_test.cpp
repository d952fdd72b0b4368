// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/image_sensor.h"

#include <gtest/gtest.h>

#include <cmath>

#include "data/simulator/simulate_ranges.h"

namespace nightjar {
namespace {

constexpr int kWidth = 160;
constexpr int kHeight = 120;

Image<float> Flat(double electrons_per_s) {
  return FilledImage(kWidth, kHeight, static_cast<float>(electrons_per_s));
}

TEST(ImageSensor, TheStandardSensorHasTheElectronsThatItsTablesName) {
  const ImageSensorOptions sensor;
  EXPECT_NEAR(0.9 * ElectronsPerSecond(sensor, 3) * sensor.longest_exposure_s, 60, 1);
  EXPECT_NEAR(0.9 * ElectronsPerSecond(sensor, 0.5) * sensor.longest_exposure_s, 10, 0.2);
}

// Noise from differences of pairs, so that fixed patterns drop out, against ExactNoise: a line
// through many levels has S as its slope and O where there is no light.
TEST(ImageSensor, NoiseIsWhatItSaysAtEveryGain) {
  const ImageSensorOptions options;
  for (const double gain : options.gains) {
    const ImageSensor sensor(options, kWidth, kHeight, 1, 0);
    const NoiseProfile::Channel exact = ExactNoise(options, gain).channels[0];
    const double range = 1023 - options.black_level_dn;
    const auto measure = [&](double mean_x, int64_t frame, int pairs) {
      const double electrons = mean_x * options.full_well_e / gain;
      const Image<float> light = Flat(electrons / options.longest_exposure_s);
      const ExposureSetting setting = {options.longest_exposure_s, gain};
      double mean = 0, variance = 0;
      for (int pair = 0; pair < pairs; ++pair) {
        const Image<uint16_t> a = sensor.Expose(light, setting, frame + 2 * pair);
        const Image<uint16_t> b = sensor.Expose(light, setting, frame + 2 * pair + 1);
        for (int y = 0; y < kHeight; ++y) {
          for (int x = 0; x < kWidth; ++x) {
            const double difference = (static_cast<double>(a(x, y)) - b(x, y)) / range;
            variance += difference * difference / 2;
            mean += (a(x, y) + b(x, y) - 2.0 * options.black_level_dn) / (2 * range);
          }
        }
      }
      const double count = static_cast<double>(pairs) * kWidth * kHeight;
      return std::pair(mean / count, variance / count);
    };
    const auto [dark_x, dark_variance] = measure(0, 0, 10);
    const auto [bright_x, bright_variance] = measure(0.5, 1000, 10);
    const double S = (bright_variance - dark_variance) / (bright_x - dark_x);
    const double O = dark_variance - S * dark_x;
    EXPECT_NEAR(S / exact.scale, 1, 0.02) << "gain " << gain;
    // In the dark at gain 1 the noise is a quarter of a DN: see ExactNoise.
    EXPECT_NEAR(O / exact.offset, gain < 2 ? 0.963 : 1.0, 0.03) << "gain " << gain;
  }
}

TEST(ImageSensor, PatternsAreFixedAndNoiseIsNot) {
  ImageSensorOptions options;
  options.hot_pixel_share = 1e-3;
  const ImageSensor sensor(options, kWidth, kHeight, 1, 0);
  const ImageSensor other(options, kWidth, kHeight, 1, 1);
  const ExposureSetting setting = {options.longest_exposure_s, 16};
  const auto bright = [&](const ImageSensor& s, int64_t frame) {
    std::vector<int> places;
    const Image<uint16_t> image = s.Expose(Flat(0), setting, frame);
    for (int y = 0; y < kHeight; ++y) {
      for (int x = 0; x < kWidth; ++x) {
        if (image(x, y) > 64 + 60) places.push_back(y * kWidth + x);
      }
    }
    return places;
  };
  const std::vector<int> hot = bright(sensor, 0);
  EXPECT_GT(hot.size(), 5U);
  EXPECT_LT(hot.size(), 40U);
  EXPECT_NE(hot, bright(other, 0));
  const Image<uint16_t> first = sensor.Expose(Flat(1000), setting, 3);
  const Image<uint16_t> same = sensor.Expose(Flat(1000), setting, 3);
  const Image<uint16_t> next = sensor.Expose(Flat(1000), setting, 4);
  int changed = 0;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      EXPECT_EQ(first(x, y), same(x, y));
      changed += first(x, y) != next(x, y);
    }
  }
  EXPECT_GT(changed, kWidth * kHeight / 2);
}

// Photon noise alone, at the largest full well: its numbers reach to white.
TEST(ImageSensor, TheLargestFullWellHasItsShotNoise) {
  ImageSensorOptions options;
  options.full_well_e = 200'000;
  options.bits = 16;
  options.pixel_response_sigma = options.hot_pixel_share = 0;
  ASSERT_TRUE(options.Validate());
  const ImageSensor sensor(options, kWidth, kHeight, 1, 0);
  const double electrons = 0.98 * options.full_well_e;
  const Image<uint16_t> image = sensor.Expose(Flat(electrons / 0.01), {0.01, 1}, 0);
  const double dn_per_e = ConversionGain(options, 1);
  double mean = 0, square = 0;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      const double e = (image(x, y) - options.black_level_dn) / dn_per_e - electrons;
      mean += e / (kWidth * kHeight);
      square += e * e / (kWidth * kHeight);
    }
  }
  EXPECT_NEAR(mean, 0, 5 * std::sqrt(electrons / (kWidth * kHeight)));
  EXPECT_NEAR((square - mean * mean) / electrons, 1, 5 * std::sqrt(2.0 / (kWidth * kHeight)));
}

TEST(ImageSensor, SaturatesAtWhite) {
  const ImageSensorOptions options;
  const ImageSensor sensor(options, kWidth, kHeight, 1, 0);
  const Image<uint16_t> image = sensor.Expose(Flat(1e9), {0.01, 1}, 0);
  EXPECT_EQ(image(5, 5), 1023);
}

TEST(AutoExposure, ExposesLongestBeforeItAmplifies) {
  const ImageSensorOptions options;  // asks for 2000 electrons
  EXPECT_EQ(AutoExposure(options, 2e6).exposure_s, 0.001);
  EXPECT_EQ(AutoExposure(options, 2e6).gain, 1);
  EXPECT_EQ(AutoExposure(options, 1e4).exposure_s, 0.016);
  EXPECT_EQ(AutoExposure(options, 1e4).gain, 8) << "160 electrons: 12.5 would do";
  EXPECT_EQ(AutoExposure(options, 0).gain, 16);
  EXPECT_NEAR(AutoExposure(options, 1e12).exposure_s, options.shortest_exposure_s, 1e-9);
}

// What --gain takes is what the standard sensor does, whose full well at gain 1 grows as it falls.
TEST(ImageSensor, EveryGainThatCanBeAskedForIsOne) {
  ImageSensorOptions options;
  for (const double gain : {simulate_range::kGain.low, simulate_range::kGain.high}) {
    options.gains = {gain};
    EXPECT_TRUE(options.Validate()) << gain;
  }
  options.gains = {0.9 * simulate_range::kGain.low};
  EXPECT_FALSE(options.Validate()) << "more electrons at white than photon numbers go to";
}

TEST(ImageSensor, OptionsAreChecked) {
  EXPECT_TRUE(ImageSensorOptions().Validate());
  using Numbers = double ImageSensorOptions::*;
  for (const Numbers field :
       {&ImageSensorOptions::pixel_pitch_m, &ImageSensorOptions::f_number,
        &ImageSensorOptions::quantum_efficiency, &ImageSensorOptions::full_well_e,
        &ImageSensorOptions::read_noise_e, &ImageSensorOptions::dark_current_e_per_s,
        &ImageSensorOptions::pixel_response_sigma, &ImageSensorOptions::pixel_offset_sigma_e,
        &ImageSensorOptions::row_offset_sigma_e, &ImageSensorOptions::converter_offset_dn,
        &ImageSensorOptions::hot_pixel_share, &ImageSensorOptions::shortest_exposure_s,
        &ImageSensorOptions::longest_exposure_s, &ImageSensorOptions::metering_target}) {
    for (const double wrong : {std::nan(""), -1.0, HUGE_VAL}) {
      ImageSensorOptions options;
      options.*field = wrong;
      EXPECT_FALSE(options.Validate());
    }
  }
  ImageSensorOptions options;
  options.full_well_e = 200'001;
  EXPECT_FALSE(options.Validate()) << "white must be within the photon numbers that there are";
  options.full_well_e = 100'000;
  options.gains = {0.4, 1};
  EXPECT_FALSE(options.Validate()) << "250'000 electrons at white";
  options = {};
  options.bits = 11;
  EXPECT_FALSE(options.Validate()) << "no pixel format holds it";
  options.bits = 10;
  options.black_level_dn = 1023;
  EXPECT_FALSE(options.Validate()) << "white must be above black";
  options.black_level_dn = 64;
  for (const std::vector<double>& gains :
       {std::vector<double>{}, {2, 1}, {1, std::nan(""), 2}, {0}}) {
    options.gains = gains;
    EXPECT_FALSE(options.Validate());
  }
}

}  // namespace
}  // namespace nightjar
