// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <optional>
#include <utility>
#include <vector>

#include "isp/depth/dense_stereo.h"
#include "isp/depth/disparity_checks.h"
#include "tests/isp/depth/cones.h"
#include "tests/isp/depth/sigma_bins.h"
#include "tests/isp/depth/simulated_pair.h"
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

// Errors of 3 px and more are misses, which no sigma is about.
std::vector<SigmaBin> Bins(const DisparityMap& map, const Cones& cones) {
  std::vector<SigmaAndError> samples;
  for (int y = 0; y < cones.truth.height(); ++y) {
    for (int x = 0; x < cones.truth.width(); ++x) {
      EXPECT_EQ(std::isinf(map.sigma_px(x, y)), std::isinf(map.disparity_px(x, y)));
      if (cones.masked(x, y) != 0 && cones.truth(x, y) > 0 && IsKnown(map.disparity_px(x, y)))
        samples.push_back({map.sigma_px(x, y), map.disparity_px(x, y) - cones.truth(x, y)});
    }
  }
  EXPECT_GT(samples.size(), 100000u);
  return SigmaBins(std::move(samples), 3);
}

Image<float> Light(const Image<uint8_t>& image) {
  Image<float> light(image.width(), image.height());
  light.for_each_element([&](int x, int y) { light(x, y) = image(x, y) / 255.0F; });
  return light;
}

// Cones are no part of what sigma was fitted to.
TEST(StereoOnCones, SigmaIsThatOfTheErrors) {
  NIGHTJAR_RECORDING(folder, "stereo/cones");
  const Cones cones = ReadCones(folder);
  const std::vector<SigmaBin> bins = Bins(Match(cones.left, cones.right), cones);
  for (const SigmaBin& bin : bins) {
    EXPECT_GT(bin.spread, 0.85) << "sigma " << bin.sigma;
    EXPECT_LT(bin.spread, 1.15) << "sigma " << bin.sigma;
    EXPECT_LT(bin.beyond, 0.012) << "sigma " << bin.sigma;
  }
  EXPECT_GT(bins[4].sigma, 1.5 * bins[0].sigma);
}

TEST(StereoOnCones, MatchesWhatIsExposedDifferently) {
  NIGHTJAR_RECORDING(folder, "stereo/cones");
  const Cones cones = ReadCones(folder);
  const auto bad = [&](const MonoImage& left, const MonoImage& right) {
    DisparityMap map = Match(left, right);
    FillFromBackground(map.disparity_px);
    return BadShare(map.disparity_px, cones, 0);
  };
  // Gamma-coded, with another gain or offset, and linear.
  const auto coded = [](const Image<uint8_t>& image, double gain, int offset) {
    Image<uint8_t> out(image.width(), image.height());
    out.for_each_element([&](int x, int y) {
      out(x, y) = static_cast<uint8_t>(std::lrint(std::min(255.0, gain * image(x, y) + offset)));
    });
    return out;
  };
  const auto linear = [](const Image<uint8_t>& image, double gain) {
    Image<uint16_t> out(image.width(), image.height());
    out.for_each_element([&](int x, int y) {
      out(x, y) =
          static_cast<uint16_t>(std::lrint(gain * 60000 * std::pow(image(x, y) / 255.0, 2.2)));
    });
    return out;
  };
  for (const double gain : {0.9, 0.7, 0.5})
    EXPECT_LT(bad(cones.left, coded(cones.right, gain, 0)), 2.3) << gain;
  EXPECT_LT(bad(cones.left, coded(cones.right, 1, 25)), 2.3);
  EXPECT_LT(bad(coded(cones.left, 0.7, 0), cones.right), 2.3);
  for (const double gain : {0.7, 0.5})
    EXPECT_LT(bad(linear(cones.left, 1), linear(cones.right, gain)), 2.3) << gain;
}

TEST(StereoOnCones, StandsTheDark) {
  NIGHTJAR_RECORDING(folder, "stereo/cones");
  const Cones cones = ReadCones(folder);
  // Electrons at white, and bounds for the share of errors, %.
  for (const auto& [electrons, low, high] :
       {std::array{1000.0, 3.0, 4.3}, std::array{150.0, 5.3, 7.3}, std::array{30.0, 12.5, 16.5}}) {
    const NoisyPair noisy = Expose(Light(cones.left), Light(cones.right), electrons, 1);
    DisparityMap map = Match(noisy.left, noisy.right, noisy.noise);
    for (const SigmaBin& bin : Bins(map, cones)) {
      EXPECT_GT(bin.spread, 0.8) << electrons << " electrons, sigma " << bin.sigma;
      EXPECT_LT(bin.spread, 1.25) << electrons << " electrons, sigma " << bin.sigma;
      EXPECT_LT(bin.beyond, 0.015) << electrons << " electrons, sigma " << bin.sigma;
    }
    FillFromBackground(map.disparity_px);
    for (const int first : {0, 64}) {
      const double bad = BadShare(map.disparity_px, cones, first);
      EXPECT_GT(bad, low) << electrons << " electrons from column " << first;
      EXPECT_LT(bad, high) << electrons << " electrons from column " << first;
    }
  }
}

// Texture everywhere, as here, loses a little by denoising in good light, and in the best of light
// it is not done. Bare walls gain much more: half of the errors of a simulated room at 6000
// electrons (docs/maths/dense-stereo.md).
TEST(StereoOnCones, ANoiseProfileDoesNextToNoHarm) {
  NIGHTJAR_RECORDING(folder, "stereo/cones");
  const Cones cones = ReadCones(folder);
  for (const double electrons : {30000.0, 10000.0, 3000.0, 1000.0}) {
    const NoisyPair noisy = Expose(Light(cones.left), Light(cones.right), electrons, 1);
    const auto bad = [&](const std::optional<PictureNoise>& noise) {
      DisparityMap map = Match(noisy.left, noisy.right, noise);
      FillFromBackground(map.disparity_px);
      return BadShare(map.disparity_px, cones, 0);
    };
    EXPECT_LE(bad(noisy.noise), bad({}) + 0.15) << electrons;
  }
}

}  // namespace
}  // namespace nightjar
