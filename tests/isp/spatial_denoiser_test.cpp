// SPDX-License-Identifier: Apache-2.0
#include "isp/spatial_denoiser.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <utility>
#include <variant>
#include <vector>

#include "core/random.h"
#include "data/png_image.h"
#include "data/simulator/poisson.h"
#include "data/simulator/texture.h"
#include "isp/linear_frame.h"
#include "tests/isp/sigma_judge.h"
#include "tests/recordings.h"

namespace nightjar {
namespace {

/// A sensor whose frames are scaled so that white is `white_e` electrons.
struct Sensor {
  double white_e = 600;
  double read_noise_e = 3;
  NoiseProfile::Channel noise() const {
    return {1 / white_e, read_noise_e * read_noise_e / (white_e * white_e)};
  }
};

/// What the sensor makes of `light` (electrons).
Image<uint16_t> Expose(const Image<float>& light, const Sensor& sensor, uint64_t seed) {
  static const PoissonSampler poisson;
  Image<uint16_t> frame(light.width(), light.height());
  for (int y = 0; y < light.height(); ++y) {
    RandomStream random(seed, 0, static_cast<uint64_t>(y));
    for (int x = 0; x < light.width(); ++x) {
      const double arrived = poisson.Sample(static_cast<double>(light(x, y)), random);
      const double e = arrived + sensor.read_noise_e * random.Normal();
      frame(x, y) =
          static_cast<uint16_t>(std::clamp(ToLinear(e / sensor.white_e) + 0.5, 0.0, 65535.0));
    }
  }
  return frame;
}

/// Overlapping discs of all sizes, as natural images have them, `brightest` electrons; four texels
/// of the texture to a pixel in x and y, as optics blur what is finer than a pixel.
Image<float> Leaves(int size, double brightest, uint64_t seed) {
  const Texture texture = DeadLeaves(1024, 0.05F, 1, seed, 0);
  Image<float> light(size, size);
  for (int y = 0; y < size; ++y) {
    for (int x = 0; x < size; ++x)
      light(x, y) = texture.At(4 * (x + 0.5F), 4 * (y + 0.5F), 2) * static_cast<float>(brightest);
  }
  return light;
}

/// In electrons.
std::vector<JudgedError> Errors(const Image<float>& light, const Sensor& sensor, uint64_t seed,
                                DenoisingSetting setting) {
  DenoisedFrame frame;
  const Status status = DenoiseSpatially(Expose(light, sensor, seed), {}, sensor.noise(),
                                         {.setting = setting}, frame);
  EXPECT_TRUE(status.has_value()) << status.error().Message();
  std::vector<JudgedError> errors;
  for (int y = 0; y < light.height(); ++y) {
    for (int x = 0; x < light.width(); ++x) {
      errors.push_back(
          {FromLinear(frame.linear(x, y)) * sensor.white_e - static_cast<double>(light(x, y)),
           static_cast<double>(frame.sigma(x, y)) * sensor.white_e});
    }
  }
  return errors;
}

double RootMeanSquare(const std::vector<JudgedError>& errors) {
  double sum = 0;
  for (const JudgedError& pixel : errors) sum += pixel.error * pixel.error;
  return std::sqrt(sum / static_cast<double>(errors.size()));
}

class SpatialDenoiserSetting : public testing::TestWithParam<DenoisingSetting> {};
INSTANTIATE_TEST_SUITE_P(, SpatialDenoiserSetting,
                         testing::Values(DenoisingSetting::kEdge, DenoisingSetting::kOffline),
                         [](const auto& setting) {
                           return setting.param == DenoisingSetting::kEdge ? "Edge" : "Offline";
                         });

TEST_P(SpatialDenoiserSetting, KeepsTheMeanDownToNoLight) {
  for (const double read_noise_e : {1.0, 3.0}) {
    for (const double electrons : {0.0, 0.3, 1.0, 3.0, 10.0, 100.0, 500.0}) {
      const Sensor sensor = {600, read_noise_e};
      const std::vector<JudgedError> errors =
          Errors(FilledImage(256, 256, static_cast<float>(electrons)), sensor, 3, GetParam());
      double mean = 0;
      for (const JudgedError& pixel : errors)
        mean += pixel.error / static_cast<double>(errors.size());
      // 256 x 256 samples: the mean of the frame itself is known to this.
      const double chance =
          std::sqrt(electrons + read_noise_e * read_noise_e) / std::sqrt(1.0 * errors.size());
      // The closed form of the inverse is a tenth of an electron off where there is hardly light
      // and hardly read noise: 2e-4 of this sensor's white.
      EXPECT_NEAR(mean, 0, (read_noise_e < 2 ? 0.13 : 0.05) + 4 * chance)
          << electrons << " e, read noise " << read_noise_e;
    }
  }
}

// What is left in a flat field after all transforms but the mean are shrunk away.
TEST_P(SpatialDenoiserSetting, LeavesAnEighthOfTheNoiseOfFlatFields) {
  for (const double electrons : {10.0, 400.0}) {
    const Sensor sensor;
    const double before = std::sqrt(electrons + 9);
    const double after = RootMeanSquare(
        Errors(FilledImage(256, 256, static_cast<float>(electrons)), sensor, 5, GetParam()));
    EXPECT_LT(after / before, 0.2) << electrons;
    EXPECT_GT(after / before, 0.08) << electrons;
  }
}

TEST_P(SpatialDenoiserSetting, KeepsEdgesOfHighContrast) {
  const Sensor sensor;
  Image<float> light = FilledImage(128, 128, 20.0F);
  for (int y = 0; y < 128; ++y) {
    for (int x = 64; x < 128; ++x) light(x, y) = 400;
  }
  DenoisedFrame frame;
  ASSERT_TRUE(
      DenoiseSpatially(Expose(light, sensor, 1), {}, sensor.noise(), {.setting = GetParam()}, frame)
          .has_value());
  double left = 0, right = 0;
  for (int y = 0; y < 128; ++y) {
    left += FromLinear(frame.linear(63, y)) * 600 / 128;
    right += FromLinear(frame.linear(64, y)) * 600 / 128;
  }
  EXPECT_NEAR(left, 20, 4);
  EXPECT_NEAR(right, 400, 8);
}

TEST_P(SpatialDenoiserSetting, SigmaIsTrueInEveryLight) {
  for (const double brightest : {1000.0, 150.0, 30.0}) {
    const Sensor sensor = {brightest * 1.5 + 40, 3};
    std::vector<JudgedError> all;
    for (const uint64_t seed : {1, 2, 3}) {
      const std::vector<JudgedError> errors =
          Errors(Leaves(256, brightest, seed), sensor, seed, GetParam());
      all.insert(all.end(), errors.begin(), errors.end());
    }
    const Consistency consistency = Judge(std::move(all));
    for (size_t bin = 0; bin < 5; ++bin) {
      // The lowest bin is the inside of discs, flatter than anything in a photograph: sigma keeps a
      // floor for texture that no single frame can tell from its noise.
      EXPECT_GT(consistency.ratio[bin], bin == 0 ? 0.6 : 0.85) << brightest << " e, bin " << bin;
      EXPECT_LT(consistency.ratio[bin], 1.15) << brightest << " e, bin " << bin;
    }
    EXPECT_LE(consistency.far, 0.01);
  }
}

/// A frame of a recording at half its size, which takes most of its own noise away.
Image<float> Photograph(const std::filesystem::path& png, double brightest) {
  const auto dn = std::get<Image<uint8_t>>(ReadMonoPng(png).value());
  Image<float> light(dn.width() / 2, dn.height() / 2);
  for (int y = 0; y < light.height(); ++y) {
    for (int x = 0; x < light.width(); ++x) {
      const int sum =
          dn(2 * x, 2 * y) + dn(2 * x + 1, 2 * y) + dn(2 * x, 2 * y + 1) + dn(2 * x + 1, 2 * y + 1);
      light(x, y) = static_cast<float>(brightest * sum / (4 * 255.0));
    }
  }
  return light;
}

TEST_P(SpatialDenoiserSetting, SigmaIsTrueOnAPhotograph) {
  NIGHTJAR_RECORDING(folder, "euroc_mh01_12s/mav0/cam0/data");
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const double brightest : {1000.0, 150.0, 30.0}) {
    const Sensor sensor = {brightest * 1.5 + 40, 3};
    std::vector<JudgedError> all;
    for (const size_t i : {size_t{20}, files.size() / 2, files.size() - 20}) {
      const std::vector<JudgedError> errors =
          Errors(Photograph(files[i], brightest), sensor, i, GetParam());
      all.insert(all.end(), errors.begin(), errors.end());
    }
    const Consistency consistency = Judge(std::move(all));
    for (size_t bin = 0; bin < 5; ++bin) {
      std::printf("%4.0f e bin %zu: %.3f\n", brightest, bin, consistency.ratio[bin]);
      EXPECT_GT(consistency.ratio[bin], 0.85) << brightest << " e, bin " << bin;
      EXPECT_LT(consistency.ratio[bin], 1.15) << brightest << " e, bin " << bin;
    }
    EXPECT_LE(consistency.far, 0.01);
  }
}

TEST(SpatialDenoiser, RefusesWhatIsNoFrameAndNoNoise) {
  const NoiseProfile::Channel noise = Sensor().noise();
  const Image<uint16_t> good = FilledImage<uint16_t>(16, 16, 5000);
  DenoisedFrame frame;
  EXPECT_TRUE(DenoiseSpatially(good, {}, noise, {}, frame).has_value());
  EXPECT_EQ(
      DenoiseSpatially(FilledImage<uint16_t>(15, 16, 5000), {}, noise, {}, frame).error().kind,
      ErrorKind::kUnusableInput);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const NoiseProfile::Channel& bad :
       {NoiseProfile::Channel{-1e-3, 1e-6}, {1e-3, 0}, {1e-3, -1}, {nan, 1e-6}, {1e-3, nan}}) {
    EXPECT_EQ(DenoiseSpatially(good, {}, bad, {}, frame).error().kind, ErrorKind::kUsage);
  }
  for (const SampleLevels& bad : {SampleLevels{100, 100}, {200, 100}, {nan, 100}, {0, INFINITY}})
    EXPECT_EQ(DenoiseSpatially(good, bad, noise, {}, frame).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(DenoiseSpatially(good, {}, noise, {0.4}, frame).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(DenoiseSpatially(good, {}, noise, {nan}, frame).error().kind, ErrorKind::kUsage);
}

}  // namespace
}  // namespace nightjar
