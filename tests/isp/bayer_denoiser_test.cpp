// SPDX-License-Identifier: Apache-2.0
#include "isp/bayer_denoiser.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

constexpr PerPlace<double> kLight = {0.1, 0.4, 0.2, 0.8};  // of the four places, x
constexpr PerPlace<NoiseProfile::Channel> kNoise = {
    {{1e-3, 1e-5}, {2e-3, 2e-5}, {5e-4, 4e-5}, {3e-3, 1e-6}}};

double Scene(const WaveTexture& texture, int x, int y) {
  return kLight[PlaceOf(x, y)] * (1 + 0.3 * texture(x, y));
}

Image<uint16_t> Mosaic(int width, int height, double noise) {
  const WaveTexture texture(5, 20, 90);
  TestRandom random(4);
  Image<uint16_t> image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double light = Scene(texture, x, y);
      const NoiseProfile::Channel& of = kNoise[PlaceOf(x, y)];
      const double sigma = noise * std::sqrt(of.scale * light + of.offset);
      image(x, y) = static_cast<uint16_t>(
          std::clamp(ToLinear(light + sigma * random.Normal()) + 0.5, 0.0, 65535.0));
    }
  }
  return image;
}

TEST(BayerDenoiser, IsTheDenoiserOfEachPlace) {
  for (const auto& [width, height] : {std::pair(64, 48), {65, 49}, {32, 33}}) {
    const Image<uint16_t> mosaic = Mosaic(width, height, 1);
    DenoisedFrame frame;
    ASSERT_TRUE(DenoiseMosaic(mosaic, kNoise, {}, frame).has_value());
    for (size_t place = 0; place < 4; ++place) {
      const int left = static_cast<int>(place % 2), top = static_cast<int>(place / 2);
      Image<uint16_t> plane((width + 1 - left) / 2, (height + 1 - top) / 2);
      plane.for_each_element(
          [&](int x, int y) { plane(x, y) = mosaic(2 * x + left, 2 * y + top); });
      DenoisedFrame expected;
      ASSERT_TRUE(DenoiseSpatially(plane, {}, kNoise[place], {}, expected).has_value());
      plane.for_each_element([&](int x, int y) {
        ASSERT_EQ(frame.linear(2 * x + left, 2 * y + top), expected.linear(x, y));
        ASSERT_EQ(frame.sigma(2 * x + left, 2 * y + top), expected.sigma(x, y));
      });
    }
  }
}

TEST(BayerDenoiser, TakesMostOfTheNoiseOfEveryPlace) {
  const WaveTexture texture(5, 20, 90);
  DenoisedFrame frame;
  ASSERT_TRUE(DenoiseMosaic(Mosaic(257, 193, 1), kNoise, {}, frame).has_value());
  PerPlace<double> errors = {}, predicted = {}, variances = {};
  frame.linear.for_each_element([&](int x, int y) {
    const size_t place = PlaceOf(x, y);
    const double light = Scene(texture, x, y), sigma = static_cast<double>(frame.sigma(x, y));
    errors[place] += std::pow(FromLinear(frame.linear(x, y)) - light, 2);
    predicted[place] += sigma * sigma;
    variances[place] += kNoise[place].scale * light + kNoise[place].offset;
  });
  for (size_t place = 0; place < 4; ++place) {
    const double left = std::sqrt(errors[place] / variances[place]);
    EXPECT_LT(left, 0.4) << place;
    EXPECT_GT(left, 0.1) << place;
    // On smooth scenes sigma is up to a third too large (docs/maths/spatial-denoising.md).
    EXPECT_LT(std::sqrt(errors[place] / predicted[place]), 1.1) << place;
    EXPECT_GT(std::sqrt(errors[place] / predicted[place]), 0.67) << place;
  }
}

TEST(BayerDenoiser, RefusesWhatIsTooSmall) {
  DenoisedFrame frame;
  const Status status = DenoiseMosaic(Image<uint16_t>(64, 31), kNoise, {}, frame);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, ErrorKind::kUnusableInput);
}

}  // namespace
}  // namespace nightjar
