// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <spatial_denoise.h>
#include <spatial_refine.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#include "core/image.h"
#include "isp/kernel_call.h"
#include "tests/halide_generators/kernel_targets.h"
#include "tests/halide_generators/spatial_denoise_cases.h"
#include "tests/halide_generators/spatial_denoise_reference.h"
#include "tests/halide_generators/spatial_refine_replica.h"

namespace nightjar {
namespace {

Status Refine(Image<uint16_t>& input, Image<float>& remaining, const Noise& noise,
              Image<uint16_t>& pilot, Output& output) {
  KernelCall call("spatial_refine");
  return call.Finish(spatial_refine(call.context(), input, remaining, kBlack, kPerDn, noise.S,
                                    noise.O, pilot, output.value, output.sigma));
}

Status Refine(Image<uint16_t>& input, const Noise& noise, Image<uint16_t>& pilot, Output& output) {
  Image<float> all = FilledImage(1, 1, 1.F);
  return Refine(input, all, noise, pilot, output);
}

/// What comes before.
Image<uint16_t> Pilot(Image<uint16_t>& input, const Noise& noise) {
  Output output(input.width(), input.height());
  Image<float> all = FilledImage(1, 1, 1.F);
  KernelCall call("spatial_denoise");
  EXPECT_TRUE(call.Finish(spatial_denoise(call.context(), input, all, kBlack, kPerDn, noise.S,
                                          noise.O, 1.65F, output.value, output.sigma))
                  .has_value());
  return output.value;
}

TEST(SpatialRefineKernel, HasTheBytesOfItsPlainLoops) {
  for (const Noise& noise : kNoises) {
    for (const auto& [width, height] : kSizes) {
      SCOPED_TRACE(testing::Message() << width << " x " << height << ", S " << noise.S);
      Image<uint16_t> input = Scene(width, height, noise);
      Image<uint16_t> pilot = Pilot(input, noise);
      Image<float> remaining = Remaining(width, height);
      Output output(width, height), expected(width, height);
      ASSERT_TRUE(Refine(input, remaining, noise, pilot, output).has_value());
      SpatialRefineReplica(kBlack, kPerDn, noise.S, noise.O)(input, remaining, pilot,
                                                             expected.value, expected.sigma);
      output.value.for_each_element([&](int x, int y) {
        ASSERT_EQ(output.value(x, y), expected.value(x, y)) << x << ", " << y;
        ASSERT_EQ(std::memcmp(&output.sigma(x, y), &expected.sigma(x, y), sizeof(float)), 0)
            << x << ", " << y << ": " << output.sigma(x, y) << " is not " << expected.sigma(x, y);
      });
    }
  }
}

TEST(SpatialRefineKernel, IsItsDefinition) {
  for (const Noise& noise : kNoises) {
    for (const auto& [width, height] : kSizes) {
      SCOPED_TRACE(testing::Message() << width << " x " << height << ", S " << noise.S);
      Image<uint16_t> input = Scene(width, height, noise);
      Image<uint16_t> pilot = Pilot(input, noise);
      Output output(width, height);
      ASSERT_TRUE(Refine(input, noise, pilot, output).has_value());
      const auto expected =
          SpatialDenoiseReference(static_cast<double>(noise.S), static_cast<double>(noise.O), 1.65)
              .Refined(input, pilot);
      int far = 0;
      output.value.for_each_element([&](int x, int y) {
        const double dn = std::clamp(4096 + 57344 * expected.value(x, y), 0.0, 65535.0);
        // 1e-5 of full scale, and half a step for rounding.
        far += std::abs(output.value(x, y) - dn) > 0.57 + 0.5 ? 1 : 0;
        ASSERT_NEAR(output.sigma(x, y) / expected.sigma(x, y), 1, 1e-3) << x << ", " << y;
      });
      EXPECT_LE(far, 1e-4 * width * height);
    }
  }
}

TEST(SpatialRefineKernel, TakesAQuarterOfTheNoiseForThatOfHalfTheGain) {
  // Without shot noise a quarter of the variance is the same as noise of half the amplitude.
  Image<uint16_t> input = Scene(65, 47, {0, 2.5e-5F});
  Image<uint16_t> pilot = Pilot(input, {0, 2.5e-5F});
  Image<float> quarter = FilledImage(1, 1, 0.25F);
  Output output(65, 47), expected(65, 47);
  ASSERT_TRUE(Refine(input, quarter, {0, 1e-4F}, pilot, output).has_value());
  ASSERT_TRUE(Refine(input, {0, 2.5e-5F}, pilot, expected).has_value());
  output.value.for_each_element([&](int x, int y) {
    ASSERT_NEAR(output.value(x, y), expected.value(x, y), 1) << x << ", " << y;
    ASSERT_NEAR(output.sigma(x, y) / expected.sigma(x, y), 1, 1e-4) << x << ", " << y;
  });
}

double MeanOfPatch(const Image<uint16_t>& image, int left, int top) {
  double sum = 0;
  for (int j = 0; j < 8; ++j) {
    for (int i = 0; i < 8; ++i) sum += image(left + i, top + j);
  }
  return sum / 64;
}

TEST(SpatialRefineKernel, LeavesTheMeanOfPatchesWhereThePilotHasNothing) {
  // Noise without shot noise: linear. Of the patches of 8 x 8 over a pixel those 32 that begin in
  // an even column and row or in an odd column and row.
  Image<uint16_t> input = Scene(64, 48, {0, 1e-4F});
  Image<uint16_t> pilot = FilledImage<uint16_t>(64, 48, 20000);
  Output output(64, 48);
  ASSERT_TRUE(Refine(input, {0, 1e-4F}, pilot, output).has_value());
  for (int y = 8; y < 40; ++y) {
    for (int x = 8; x < 56; ++x) {
      double mean = 0;
      for (int top = y - 7; top <= y; ++top) {
        for (int left = x - 7; left <= x; ++left) {
          if ((left - top) % 2 == 0) mean += MeanOfPatch(input, left, top) / 32;
        }
      }
      ASSERT_NEAR(output.value(x, y), mean, 1) << x << ", " << y;
    }
  }
}

TEST(SpatialRefineKernel, TakesRowsOfAnyStride) {
  const Noise noise = kNoises[0];
  Image<uint16_t> input = Scene(61, 47, noise);
  Image<uint16_t> pilot = Pilot(input, noise);
  Image<uint16_t> wide(80, 60);
  wide.fill(60000);
  Image<uint16_t> window = wide.cropped(0, 7, 61).cropped(1, 5, 47);
  window.set_min(0, 0);
  window.copy_from(input);
  Output expected(61, 47), output(61, 47);
  ASSERT_TRUE(Refine(input, noise, pilot, expected).has_value());
  ASSERT_TRUE(Refine(window, noise, pilot, output).has_value());
  output.value.for_each_element(
      [&](int x, int y) { ASSERT_EQ(output.value(x, y), expected.value(x, y)); });
}

TEST(SpatialRefineKernel, RefusesImagesOfAnotherSize) {
  Image<uint16_t> input = Scene(64, 48, kNoises[0]);
  Image<uint16_t> pilot = Pilot(input, kNoises[0]);
  Output output(64, 47), good(64, 48);
  EXPECT_FALSE(Refine(input, kNoises[0], pilot, output).has_value());
  Image<uint16_t> small = FilledImage<uint16_t>(64, 47, 9000);
  EXPECT_FALSE(Refine(input, kNoises[0], small, good).has_value());
}

}  // namespace
}  // namespace nightjar
