// SPDX-License-Identifier: Apache-2.0
// The kernels of event frames, bit by bit against what their headers say.
#include <complementary_decay.h>
#include <gmock/gmock.h>
#include <grey_levels.h>
#include <time_surface_exponential.h>
#include <time_surface_linear.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <utility>

#include "core/image.h"
#include "core/random.h"
#include "isp/events/exponential_decay.h"
#include "isp/kernel_call.h"
#include "tests/halide_generators/kernel_targets.h"

namespace nightjar {
namespace {

constexpr std::pair<int, int> kSizes[] = {{1, 1}, {3, 5}, {17, 2}, {33, 19}, {346, 26}};
constexpr int32_t kNow = 1'700'000'000;

bool SameBits(float a, float b) { return std::memcmp(&a, &b, sizeof a) == 0; }

int32_t RandomTime(RandomStream& random) {
  switch (random.Bits() % 8) {
    case 0: return 0;
    case 1: return kNow + static_cast<int32_t>(random.Bits() % 1000);  // later than now
    case 2: return kNow;
    default: return kNow - static_cast<int32_t>(std::exp(20 * random.Uniform()));
  }
}

TEST(ExponentialDecay, IsAPowerOfTwo) {
  EXPECT_EQ(ExponentialDecay(0), 1);
  EXPECT_EQ(ExponentialDecay(1), 0.5F);
  EXPECT_EQ(ExponentialDecay(126), 0);
  EXPECT_EQ(ExponentialDecay(std::numeric_limits<float>::infinity()), 0);
  for (float halvings = 0; halvings < 125.9F; halvings += 0.001F) {
    const double expected = std::exp2(-static_cast<double>(halvings));
    ASSERT_NEAR(ExponentialDecay(halvings), expected, 2.5e-7 * expected) << halvings;
    ASSERT_LE(ExponentialDecay(halvings), 1);
  }
}

TEST(TimeSurfaceKernel, EqualsItsDefinitionBitByBit) {
  RandomStream random(1, 2);
  for (const auto& [width, height] : kSizes) {
    PlanarImage<int32_t> times(width, height, 2);
    std::generate(times.begin(), times.end(), [&] { return RandomTime(random); });
    PlanarImage<float> linear(width, height, 2), exponential(width, height, 2);
    for (const float per_us : {1e-6F / 500, 3.3e-5F, 1.44F}) {
      KernelCall first("time_surface_linear"), second("time_surface_exponential");
      ASSERT_TRUE(first.Finish(time_surface_linear(first.context(), times, kNow, per_us, linear)));
      ASSERT_TRUE(second.Finish(
          time_surface_exponential(second.context(), times, kNow, per_us, exponential)));
      times.for_each_element([&](int x, int y, int p) {
        const float age = static_cast<float>(std::max(kNow - times(x, y, p), 0)) * per_us;
        ASSERT_TRUE(SameBits(linear(x, y, p), std::max(1.0F - age, 0.0F))) << age;
        ASSERT_TRUE(SameBits(exponential(x, y, p), ExponentialDecay(age))) << age;
      });
    }
  }
}

TEST(ComplementaryDecayKernel, EqualsItsDefinitionBitByBit) {
  RandomStream random(2, 2);
  for (const auto& [width, height] : kSizes) {
    Image<float> frame(width, height), above(width, height), per_us(width, height);
    Image<float> output(width, height);
    Image<int32_t> times(width, height);
    for (Image<float>* image : {&frame, &above})
      std::generate(image->begin(), image->end(),
                    [&] { return static_cast<float>(3 * random.Normal()); });
    std::generate(per_us.begin(), per_us.end(),
                  [&] { return static_cast<float>(1e-5 * random.Uniform()); });
    std::generate(times.begin(), times.end(), [&] { return RandomTime(random); });
    KernelCall call("complementary_decay");
    ASSERT_TRUE(call.Finish(
        complementary_decay(call.context(), frame, above, per_us, times, kNow, output)));
    times.for_each_element([&](int x, int y) {
      const float age = static_cast<float>(std::max(kNow - times(x, y), 0));
      const float expected = frame(x, y) + above(x, y) * ExponentialDecay(age * per_us(x, y));
      ASSERT_TRUE(SameBits(output(x, y), expected)) << x << ", " << y;
    });
  }
}

TEST(GreyLevelsKernel, EqualsItsDefinition) {
  RandomStream random(3, 2);
  for (const auto& [width, height] : kSizes) {
    Image<float> input(width, height);
    Image<uint8_t> output(width, height);
    std::generate(input.begin(), input.end(),
                  [&] { return static_cast<float>(3 * random.Normal()); });
    input(0, 0) = 1e30F;
    if (width > 1) input(1, 0) = -std::numeric_limits<float>::infinity();
    KernelCall call("grey_levels");
    ASSERT_TRUE(call.Finish(grey_levels(call.context(), input, 30.5F, 100.25F, output)));
    input.for_each_element([&](int x, int y) {
      const float level = std::clamp(input(x, y) * 30.5F + 100.25F + 0.5F, 0.0F, 255.0F);
      ASSERT_EQ(output(x, y), static_cast<uint8_t>(level)) << x << ", " << y;
    });
  }
}

TEST(EventKernels, WrongBuffersAreErrorsAndNoAbort) {
  PlanarImage<int32_t> times(4, 3, 2);
  std::fill_n(times.data(), times.number_of_elements(), 0);
  PlanarImage<float> small(3, 3, 2);
  KernelCall call("time_surface_linear");
  const Status status = call.Finish(time_surface_linear(call.context(), times, kNow, 1, small));
  ASSERT_FALSE(status);
  EXPECT_THAT(status.error().Message(), testing::HasSubstr("time_surface_linear"));
  Image<float> frame = FilledImage(4, 3, 0.0F), other = FilledImage(4, 2, 0.0F);
  Image<int32_t> flat = FilledImage(4, 3, 0);
  KernelCall decay("complementary_decay");
  EXPECT_FALSE(
      decay.Finish(complementary_decay(decay.context(), frame, other, frame, flat, kNow, frame)));
  Image<uint8_t> grey(5, 3);
  KernelCall levels("grey_levels");
  EXPECT_FALSE(levels.Finish(grey_levels(levels.context(), frame, 1, 0, grey)));
}

}  // namespace
}  // namespace nightjar
