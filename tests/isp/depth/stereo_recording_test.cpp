// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "isp/depth/dense_stereo.h"
#include "isp/depth/disparity_checks.h"
#include "tests/isp/depth/cones.h"
#include "tests/recordings.h"

namespace nightjar {
namespace {

DenseStereoOptions Options() {
  DenseStereoOptions options;
  options.disparities = 64;
  return options;
}

DisparityMap Match(const MonoImage& left, const MonoImage& right,
                   const std::optional<PictureNoise>& noise = {}) {
  return DenseStereo::Create(Options()).value().Match(left, right, noise).value();
}

TEST(StereoOnCones, HasFewErrorsOverTwoPixels) {
  NIGHTJAR_RECORDING(folder, "stereo/cones");
  const Cones cones = ReadCones(folder);
  DisparityMap map = Match(cones.left, cones.right);
  FillFromBackground(map.disparity_px);
  const double whole = BadShare(map.disparity_px, cones, 0);
  const double right = BadShare(map.disparity_px, cones, 64);
  RecordProperty("bad_whole", std::to_string(whole));
  EXPECT_GT(whole, 1.7);
  EXPECT_LT(whole, 2.2);
  EXPECT_GT(right, 1.8);
  EXPECT_LT(right, 2.3);
}

// Of five bins of sigma the spread of errors in units of it; errors of 3 px and more are misses,
// which no sigma is about.
TEST(StereoOnCones, SigmaIsThatOfTheErrors) {
  NIGHTJAR_RECORDING(folder, "stereo/cones");
  const Cones cones = ReadCones(folder);
  const DisparityMap map = Match(cones.left, cones.right);
  struct Sample {
    float sigma, error;
  };
  std::vector<Sample> samples;
  for (int y = 0; y < cones.truth.height(); ++y) {
    for (int x = 0; x < cones.truth.width(); ++x) {
      ASSERT_EQ(std::isinf(map.sigma_px(x, y)), std::isinf(map.disparity_px(x, y)));
      const float error = map.disparity_px(x, y) - cones.truth(x, y);
      if (cones.masked(x, y) != 0 && cones.truth(x, y) > 0 && std::abs(error) < 3)
        samples.push_back({map.sigma_px(x, y), error});
    }
  }
  ASSERT_GT(samples.size(), 120000u);
  std::ranges::sort(samples, {}, &Sample::sigma);
  size_t far = 0;
  for (size_t bin = 0; bin < 5; ++bin) {
    double sum = 0;
    int count = 0;
    for (size_t i = samples.size() * bin / 5; i < samples.size() * (bin + 1) / 5; ++i) {
      const double ratio = samples[i].error / samples[i].sigma;
      if (std::abs(ratio) > 5) {
        ++far;
        continue;
      }
      sum += ratio * ratio;
      ++count;
    }
    const double spread = std::sqrt(sum / count);
    EXPECT_GT(spread, 0.85) << "bin " << bin;
    EXPECT_LT(spread, 1.15) << "bin " << bin;
  }
  EXPECT_LT(far, samples.size() / 100);
  EXPECT_GT(samples[samples.size() * 9 / 10].sigma, 1.5F * samples[samples.size() / 10].sigma);
}

TEST(StereoOnCones, StandsTheDark) {
  NIGHTJAR_RECORDING(folder, "stereo/cones");
  const Cones cones = ReadCones(folder);
  // Electrons at white, and bounds for the share of errors, %.
  for (const auto& [electrons, low, high] :
       {std::array{1000.0, 3.0, 4.6}, std::array{150.0, 6.5, 8.5}, std::array{30.0, 13.0, 18.0}}) {
    const auto noisy = [&, electrons = electrons](const Image<uint8_t>& image, unsigned seed) {
      std::mt19937_64 random(seed);
      std::normal_distribution<double> reading(0, 3);
      Image<uint16_t> linear(image.width(), image.height());
      for (int y = 0; y < image.height(); ++y) {
        for (int x = 0; x < image.width(); ++x) {
          std::poisson_distribution<int> photons(image(x, y) / 255.0 * electrons + 1e-9);
          const double count = photons(random) + reading(random);
          linear(x, y) =
              static_cast<uint16_t>(std::clamp(ToLinear(count / electrons) + 0.5, 0.0, 65535.0));
        }
      }
      return linear;
    };
    const PictureNoise noise = {{}, {1 / electrons, 9 / (electrons * electrons)}};
    DisparityMap map = Match(noisy(cones.left, 1), noisy(cones.right, 2), noise);
    FillFromBackground(map.disparity_px);
    const double bad = BadShare(map.disparity_px, cones, 0);
    EXPECT_GT(bad, low) << electrons << " electrons";
    EXPECT_LT(bad, high) << electrons << " electrons";
  }
}

}  // namespace
}  // namespace nightjar
