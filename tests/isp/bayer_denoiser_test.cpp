// SPDX-License-Identifier: Apache-2.0
#include "isp/bayer_denoiser.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <vector>

#include "core/random.h"
#include "isp/linear_frame.h"
#include "isp/mosaic_planes.h"
#include "tests/isp/measured_mosaic.h"
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

/// Each place by itself, as an image of half the size.
DenoisedFrame PlaceByPlace(const Image<uint16_t>& mosaic,
                           const PerPlace<NoiseProfile::Channel>& noise) {
  DenoisedFrame frame = {Image<uint16_t>(mosaic.width(), mosaic.height()),
                         Image<float>(mosaic.width(), mosaic.height())};
  size_t place = 0;
  for (const Image<uint16_t>& plane : PlanesOf(mosaic)) {
    DenoisedFrame denoised;
    EXPECT_TRUE(DenoiseSpatially(plane, {}, noise[place], {}, denoised).has_value());
    Interleave(denoised.linear, place, frame.linear);
    Interleave(denoised.sigma, place, frame.sigma);
    ++place;
  }
  return frame;
}

/// Mean squared error, and that of the differences between the places of a tile: colour.
std::array<double, 2> Errors(const DenoisedFrame& frame) {
  const WaveTexture texture(5, 20, 90);
  const int width = frame.linear.width(), height = frame.linear.height();
  double all = 0, colour = 0;
  for (int y = 0; y + 1 < height; y += 2) {
    for (int x = 0; x + 1 < width; x += 2) {
      PerPlace<double> error;
      double mean = 0;
      for (size_t p = 0; p < 4; ++p) {
        const int h = x + static_cast<int>(p % 2), v = y + static_cast<int>(p / 2);
        error[p] = (FromLinear(frame.linear(h, v)) - Scene(texture, h, v)) / kLight[p];
        mean += error[p] / 4;
      }
      for (const double e : error) {
        all += e * e;
        colour += (e - mean) * (e - mean);
      }
    }
  }
  return {all / (width * height), colour / (width * height)};
}

TEST(BayerDenoiser, TellsTheColoursOfAMosaicBetterThanPlaceByPlace) {
  for (const auto& [width, height] : {std::pair(256, 192), {257, 193}}) {
    const Image<uint16_t> mosaic = Mosaic(width, height, 4);
    PerPlace<NoiseProfile::Channel> noise = kNoise;
    for (auto& place : noise) place = {16 * place.scale, 16 * place.offset};
    DenoisedFrame frame;
    ASSERT_TRUE(DenoiseMosaic(mosaic, noise, {}, frame).has_value());
    const auto together = Errors(frame), apart = Errors(PlaceByPlace(mosaic, noise));
    EXPECT_LT(together[0], 0.7 * apart[0]);
    EXPECT_LT(together[1], 0.8 * apart[1]);
    EXPECT_GT(together[1], 0.3 * apart[1]);
  }
}

TEST(BayerDenoiser, LeavesNoPatternOfTheTileInGreySlopes) {
  // What one brightness for the whole tile would: steps of a pixel's slope from place to place.
  Image<uint16_t> mosaic(128, 96);
  TestRandom random(4);
  const auto light = [](int x, int y) { return 0.1 + 0.002 * x + 0.001 * y; };
  mosaic.for_each_element([&](int x, int y) {
    const double sigma = std::sqrt(1e-3 * light(x, y) + 1e-5);
    mosaic(x, y) = static_cast<uint16_t>(ToLinear(light(x, y) + sigma * random.Normal()) + 0.5);
  });
  PerPlace<NoiseProfile::Channel> noise;
  noise.fill({1e-3, 1e-5});
  DenoisedFrame frame;
  ASSERT_TRUE(DenoiseMosaic(mosaic, noise, {}, frame).has_value());
  double across = 0, down = 0, count = 0;
  for (int y = 16; y < 80; y += 2) {
    for (int x = 16; x < 112; x += 2) {
      across += FromLinear(frame.linear(x + 1, y)) - FromLinear(frame.linear(x, y));
      down += FromLinear(frame.linear(x, y + 1)) - FromLinear(frame.linear(x, y));
      count += 1;
    }
  }
  EXPECT_NEAR(across / count, 0.002, 0.0004);
  EXPECT_NEAR(down / count, 0.001, 0.0004);
}

TEST(BayerDenoiser, TakesEverySizeAndMapsOfWhatIsLeft) {
  const WaveTexture texture(5, 20, 90);
  for (const auto& [width, height] : {std::pair(32, 32), {33, 32}, {32, 35}, {62, 64}, {65, 49}}) {
    SCOPED_TRACE(testing::Message() << width << " x " << height);
    const Image<uint16_t> mosaic = Mosaic(width, height, 1);
    std::vector<FusedFrame> planes;
    for (const Image<uint16_t>& plane : PlanesOf(mosaic)) {
      const auto blocks = [](int size) { return (size + 3) / 4; };
      planes.push_back({plane, FilledImage(blocks(plane.width()), blocks(plane.height()), 1.F)});
    }
    DenoisedFrame frame, by_maps;
    Image<float> measured, measured_by_maps;
    ASSERT_TRUE(DenoiseMosaic(mosaic, kNoise, {}, frame, &measured).has_value());
    ASSERT_TRUE(DenoisePlanes(planes, kNoise, {}, by_maps, &measured_by_maps).has_value());
    ASSERT_EQ(frame.linear.width(), width);
    ASSERT_EQ(frame.linear.height(), height);
    double error = 0, noise = 0;
    frame.linear.for_each_element([&](int x, int y) {
      ASSERT_EQ(frame.linear(x, y), by_maps.linear(x, y));
      ASSERT_EQ(frame.sigma(x, y), by_maps.sigma(x, y));
      ASSERT_EQ(measured(x, y), measured_by_maps(x, y));
      const double light = Scene(texture, x, y);
      const NoiseProfile::Channel& of = kNoise[PlaceOf(x, y)];
      const double variance = of.scale * light + of.offset;
      error += std::pow(FromLinear(frame.linear(x, y)) - light, 2) / variance;
      noise += std::pow(FromLinear(mosaic(x, y)) - light, 2) / variance;
    });
    EXPECT_LT(error, 0.35 * noise);
  }
}

TEST(BayerDenoiser, SmoothsColoursAsMuchAsItIsTold) {
  const Image<uint16_t> mosaic = Mosaic(192, 128, 4);
  PerPlace<NoiseProfile::Channel> noise = kNoise;
  for (auto& place : noise) place = {16 * place.scale, 16 * place.offset};
  std::vector<double> colour;
  for (const double factor : {0.4, 0.7, 1.0}) {
    DenoisedFrame frame;
    ASSERT_TRUE(DenoiseMosaic(mosaic, noise, {{}, factor}, frame).has_value());
    colour.push_back(Errors(frame)[1]);
  }
  EXPECT_GT(colour[0], 1.5 * colour[1]);
  EXPECT_GT(colour[1], 1.5 * colour[2]);
  DenoisedFrame frame;
  for (const double factor : {0.3, 2.5})
    EXPECT_FALSE(DenoiseMosaic(mosaic, noise, {{}, factor}, frame).has_value());
}

TEST(BayerDenoiser, TakesMostOfTheNoiseOfEveryPlace) {
  const WaveTexture texture(5, 20, 90);
  const DenoisedFrame frame = MeasuredMosaic(Mosaic(257, 193, 1), kNoise);
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

TEST(BayerDenoiser, SigmaOfALargeFrameIsThatOfItsParts) {
  // Of a large frame the error is measured on a sample, of this one's part on all of it.
  constexpr int kLarge = 700, kSmall = 540;
  const auto mean_square = [](const DenoisedFrame& frame, bool of_errors) {
    const WaveTexture texture(5, 20, 90);
    double sum = 0;
    for (int y = 0; y < kSmall; ++y) {
      for (int x = 0; x < kSmall; ++x) {
        const double value = of_errors ? FromLinear(frame.linear(x, y)) - Scene(texture, x, y)
                                       : static_cast<double>(frame.sigma(x, y));
        sum += value * value;
      }
    }
    return sum / (kSmall * kSmall);
  };
  const Image<uint16_t> mosaic = Mosaic(kLarge, kLarge, 1);
  Image<uint16_t> part = mosaic.cropped(0, 0, kSmall).cropped(1, 0, kSmall);
  const DenoisedFrame whole = MeasuredMosaic(mosaic, kNoise),
                      of_part = MeasuredMosaic(part.copy(), kNoise);
  std::printf("whole: %.3f, part: %.3f of the sigma's square\n",
              mean_square(whole, true) / mean_square(whole, false),
              mean_square(of_part, true) / mean_square(of_part, false));
  EXPECT_NEAR(mean_square(whole, false) / mean_square(of_part, false), 1, 0.1);
  EXPECT_NEAR(mean_square(whole, true) / mean_square(whole, false), 1, 0.2);
}

/// The share of pixels at which two images differ.
template <typename T>
double Differing(const Image<T>& a, const Image<T>& b) {
  double count = 0;
  a.for_each_element([&](int x, int y) { count += a(x, y) != b(x, y) ? 1 : 0; });
  return count / static_cast<double>(a.number_of_elements());
}

TEST(BayerDenoiser, FrameIsTheSameWhereSigmaIsMeasured) {
  // Measured on the whole frame, and on a sample of a large one.
  for (const int side : {130, 620}) {
    const Image<uint16_t> mosaic = Mosaic(side, side, 1);
    DenoisedFrame without, with;
    Image<float> measured;
    ASSERT_TRUE(DenoiseMosaic(mosaic, kNoise, {}, without).has_value());
    ASSERT_TRUE(DenoiseMosaic(mosaic, kNoise, {}, with, &measured).has_value());
    EXPECT_EQ(Differing(with.linear, without.linear), 0) << side;
    EXPECT_EQ(Differing(with.sigma, without.sigma), 0) << side;
    EXPECT_GT(Differing(measured, with.sigma), 0.9) << side;
  }
}

TEST(BayerDenoiser, NothingIsMeasuredOfMergedPlanes) {
  std::vector<FusedFrame> planes;
  for (const Image<uint16_t>& plane : PlanesOf(Mosaic(128, 96, 0.7)))
    planes.push_back({plane, FilledImage(1, 1, 0.5F)});
  DenoisedFrame frame;
  Image<float> measured;
  ASSERT_TRUE(DenoisePlanes(planes, kNoise, {}, frame, &measured).has_value());
  EXPECT_EQ(Differing(measured, frame.sigma), 0);
}

TEST(BayerDenoiser, RefusesWhatIsTooSmall) {
  DenoisedFrame frame;
  const Status status = DenoiseMosaic(Image<uint16_t>(64, 31), kNoise, {}, frame);
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().kind, ErrorKind::kUnusableInput);
}

}  // namespace
}  // namespace nightjar
