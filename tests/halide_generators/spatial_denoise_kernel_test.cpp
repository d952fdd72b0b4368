// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <spatial_denoise.h>

#include <cmath>
#include <cstring>

#include "core/image.h"
#include "isp/kernel_call.h"
#include "tests/halide_generators/kernel_targets.h"
#include "tests/halide_generators/spatial_denoise_cases.h"
#include "tests/halide_generators/spatial_denoise_reference.h"
#include "tests/halide_generators/spatial_denoise_replica.h"

namespace nightjar {
namespace {

constexpr float kThreshold = 1.65F;
Status Denoise(Image<uint16_t>& input, Image<float>& remaining, const Noise& noise,
               Output& output) {
  KernelCall call("spatial_denoise");
  return call.Finish(spatial_denoise(call.context(), input, remaining, kBlack, kPerDn, noise.S,
                                     noise.O, kThreshold, output.value, output.sigma));
}

Status Denoise(Image<uint16_t>& input, const Noise& noise, Output& output) {
  Image<float> all = FilledImage(1, 1, 1.F);
  return Denoise(input, all, noise, output);
}

TEST(SpatialDenoiseKernel, HasTheBytesOfItsPlainLoops) {
  for (const Noise& noise : kNoises) {
    for (const auto& [width, height] : kSizes) {
      SCOPED_TRACE(testing::Message() << width << " x " << height << ", S " << noise.S);
      Image<uint16_t> input = Scene(width, height, noise);
      Image<float> remaining = Remaining(width, height);
      Output output(width, height), expected(width, height);
      ASSERT_TRUE(Denoise(input, remaining, noise, output).has_value());
      SpatialDenoiseReplica(kBlack, kPerDn, noise.S, noise.O, kThreshold)(
          input, remaining, expected.value, expected.sigma);
      output.value.for_each_element([&](int x, int y) {
        ASSERT_EQ(output.value(x, y), expected.value(x, y)) << x << ", " << y;
        ASSERT_EQ(std::memcmp(&output.sigma(x, y), &expected.sigma(x, y), sizeof(float)), 0)
            << x << ", " << y << ": " << output.sigma(x, y) << " is not " << expected.sigma(x, y);
      });
    }
  }
}

TEST(SpatialDenoiseKernel, IsItsDefinition) {
  for (const Noise& noise : kNoises) {
    for (const auto& [width, height] : kSizes) {
      SCOPED_TRACE(testing::Message() << width << " x " << height << ", S " << noise.S);
      Image<uint16_t> input = Scene(width, height, noise);
      Output output(width, height);
      ASSERT_TRUE(Denoise(input, noise, output).has_value());
      const auto expected = SpatialDenoiseReference(static_cast<double>(noise.S),
                                                    static_cast<double>(noise.O), 1.65)(input);
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

TEST(SpatialDenoiseKernel, TakesAQuarterOfTheNoiseForThatOfHalfTheGain) {
  // Without shot noise a quarter of the variance is the same as noise of half the amplitude.
  Image<uint16_t> input = Scene(65, 47, {0, 2.5e-5F});
  Image<float> quarter = FilledImage(1, 1, 0.25F);
  Output output(65, 47), expected(65, 47);
  ASSERT_TRUE(Denoise(input, quarter, {0, 1e-4F}, output).has_value());
  ASSERT_TRUE(Denoise(input, {0, 2.5e-5F}, expected).has_value());
  output.value.for_each_element([&](int x, int y) {
    ASSERT_NEAR(output.value(x, y), expected.value(x, y), 1) << x << ", " << y;
    ASSERT_NEAR(output.sigma(x, y) / expected.sigma(x, y), 1, 1e-4) << x << ", " << y;
  });
}

TEST(SpatialDenoiseKernel, TakesRowsOfAnyStride) {
  const Noise noise = kNoises[0];
  Image<uint16_t> input = Scene(61, 47, noise);
  Image<uint16_t> wide(80, 60);
  wide.fill(60000);
  Image<uint16_t> window = wide.cropped(0, 7, 61).cropped(1, 5, 47);
  window.set_min(0, 0);
  window.copy_from(input);
  Output expected(61, 47), output(61, 47);
  ASSERT_TRUE(Denoise(input, noise, expected).has_value());
  ASSERT_TRUE(Denoise(window, noise, output).has_value());
  output.value.for_each_element(
      [&](int x, int y) { ASSERT_EQ(output.value(x, y), expected.value(x, y)); });
}

TEST(SpatialDenoiseKernel, RefusesOutputsOfAnotherSize) {
  Image<uint16_t> input = Scene(64, 48, kNoises[0]);
  Output output(64, 47);
  EXPECT_FALSE(Denoise(input, kNoises[0], output).has_value());
}

}  // namespace
}  // namespace nightjar
