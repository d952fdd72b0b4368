// SPDX-License-Identifier: Apache-2.0
#include "isp/noise_estimate.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

RawSamples Samples(ColourFilter filter) {
  RawSamples samples;
  samples.colour_filter = filter;
  samples.black.fill(256);
  samples.white = 4095;
  return samples;
}

constexpr int kWidth = 640, kHeight = 480;

/// Discs of all sizes on top of each other (Lee, Mumford, Huang, IJCV 2001), 0.05 .. 1, each with
/// shading of its own; without grain, which nobody can tell from noise.
Image<double> Discs(uint64_t seed) {
  Image<double> scene = FilledImage(kWidth, kHeight, 0.5);
  TestRandom random(seed);
  for (int disc = 0; disc < 1500; ++disc) {
    const double radius = 4 / std::sqrt(random.Uniform(0.001, 1));
    const double u = random.Uniform(0, kWidth), v = random.Uniform(0, kHeight);
    const double shade = random.Uniform(0.05, 1), slope = random.Uniform(-0.3, 0.3) / radius;
    for (int y = std::max(0, static_cast<int>(v - radius)); y < std::min(kHeight - 0.0, v + radius);
         ++y) {
      for (int x = std::max(0, static_cast<int>(u - radius));
           x < std::min(kWidth - 0.0, u + radius); ++x) {
        if (std::hypot(x - u, y - v) < radius)
          scene(x, y) = std::clamp(shade * (1 + slope * (x - u)), 0.0, 1.0);
      }
    }
  }
  return scene;
}

/// What a sensor of 12 bits sees of it; a colour filter takes light from some places.
Image<uint16_t> Expose(const RawSamples& samples, const NoiseProfile::Channel& noise, double light,
                       uint64_t seed) {
  const Image<double> scene = Discs(seed);
  const PerPlace<int> colours = TileColours(samples.colour_filter);
  constexpr double kShares[] = {0.5, 1, 0.35};
  TestRandom random(seed + 100);
  Image<uint16_t> raw(kWidth, kHeight);
  raw.for_each_element([&](int x, int y) {
    const double mean = light * scene(x, y) * kShares[colours[PlaceOf(x, y)]];
    const double value = mean + std::sqrt(noise.scale * mean + noise.offset) * random.Normal();
    raw(x, y) = static_cast<uint16_t>(std::clamp(256 + value * 3839 + 0.5, 0.0, 4095.0));
  });
  return raw;
}

TEST(NoiseEstimate, IsTheNoiseOfSimulatedScenes) {
  constexpr NoiseProfile::Channel kProfiles[] = {
      {1e-3, 9e-6}, {6.7e-3, 4e-4}, {2e-4, 1e-6}, {0, 1e-4}, {3e-2, 1e-3}};
  for (const NoiseProfile::Channel& truth : kProfiles) {
    for (const ColourFilter filter : {ColourFilter::kNone, ColourFilter::kGrbg}) {
      for (const uint64_t seed : {1, 2}) {
        const RawSamples samples = Samples(filter);
        const auto found = EstimateNoise(Expose(samples, truth, 0.8, seed), samples);
        ASSERT_TRUE(found.has_value()) << found.error().Message();
        EXPECT_LT(found->least_light, 0.3);
        EXPECT_GT(found->most_light, filter == ColourFilter::kNone ? 0.4 : 0.3);
        for (const double share : {0.0, 0.5, 1.0}) {
          const double light =
              found->least_light + share * (found->most_light - found->least_light);
          const double variance = truth.scale * light + truth.offset + 1.0 / 12 / (3839.0 * 3839);
          EXPECT_NEAR((found->noise.scale * light + found->noise.offset) / variance, 1, 0.2)
              << "S " << truth.scale << ", light " << light << ", seed " << seed << ", filter "
              << static_cast<int>(filter);
        }
      }
    }
  }
}

TEST(NoiseEstimate, OfAFrameInTheDarkIsItsOffset) {
  const RawSamples samples = Samples(ColourFilter::kRggb);
  const auto found = EstimateNoise(Expose(samples, {1e-3, 2e-5}, 0, 1), samples);
  ASSERT_TRUE(found.has_value());
  EXPECT_NEAR(found->noise.offset / 2e-5, 1, 0.1);
}

TEST(NoiseEstimate, OfAFrameWithoutNoiseIsItsRounding) {
  const RawSamples samples = Samples(ColourFilter::kNone);
  const auto ramp =
      Render<uint16_t>(512, 512, [](double x, double y) { return 400 + 0.13 * x + 0.37 * y; });
  const auto found = EstimateNoise(ramp, samples);
  ASSERT_TRUE(found.has_value());
  EXPECT_NEAR(found->noise.offset * 12 * 3839 * 3839, 1, 0.2);
}

TEST(NoiseEstimate, HasNoAnswerForClippedConstantAndTinyFrames) {
  const RawSamples samples = Samples(ColourFilter::kNone);
  for (const Image<uint16_t>& raw :
       {FilledImage<uint16_t>(320, 240, 0), FilledImage<uint16_t>(320, 240, 4095),
        FilledImage<uint16_t>(320, 240, 1000),
        Render<uint16_t>(
            16, 16, [](double, double) { return 900; }, 9)}) {
    const auto found = EstimateNoise(raw, samples);
    ASSERT_FALSE(found.has_value());
    EXPECT_EQ(found.error().kind, ErrorKind::kNoAnswer);
  }
}

}  // namespace
}  // namespace nightjar
