// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/texture.h"

#include <gtest/gtest.h>

#include <cmath>

namespace nightjar {
namespace {

TEST(Texture, IsBilinearBetweenCentresAndRepeatsItself) {
  const Texture texture(2, {0.0F, 0.2F, 0.4F, 1.0F});
  const float grain = 1.0F / 65535;
  EXPECT_NEAR(texture.At(0.5F, 0.5F, 0), 0, grain);
  EXPECT_NEAR(texture.At(1.5F, 0.5F, 0), 0.2F, grain);
  EXPECT_NEAR(texture.At(1.0F, 0.5F, 0), 0.1F, grain);
  EXPECT_NEAR(texture.At(1.0F, 1.0F, 0), 0.4F, grain);
  EXPECT_NEAR(texture.At(2.0F, 1.5F, 0), 0.7F, grain) << "half way back to the first column";
  for (const float tiles : {-6.0F, 2.0F, 400.0F})
    EXPECT_NEAR(texture.At(1.25F + tiles, 0.75F - tiles, 0), texture.At(1.25F, 0.75F, 0), 1e-3F);
  EXPECT_NEAR(texture.Mean(), 0.4F, grain);
  EXPECT_NEAR(texture.At(0.3F, 1.7F, 1), 0.4F, grain) << "the coarsest level is the mean";
  EXPECT_NEAR(texture.At(0.3F, 1.7F, 30), 0.4F, grain);
}

TEST(Texture, EveryLevelHasTheSameMean) {
  const Texture texture = DeadLeaves(64, 0.1F, 0.9F, 3, 0);
  for (int level = 0; level < 6; ++level) {
    float sum = 0;
    for (int y = 0; y < 64; ++y) {
      for (int x = 0; x < 64; ++x)
        sum += texture.At(static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F, level);
    }
    EXPECT_NEAR(sum / 4096, texture.Mean(), 1e-3F) << level;
  }
}

// Power over octaves of frequency: of a 1/f^2 spectrum (in two dimensions) every octave has the
// same. Measured as the variance that each level of the pyramid loses.
TEST(Texture, DeadLeavesHaveTheSpectrumOfNaturalImages) {
  const Texture texture = DeadLeaves(512, 0.05F, 0.9F, 5, 0);
  const auto variance = [&texture](int level) {
    double sum = 0, square = 0;
    const int step = 1 << level;
    int count = 0;
    for (int y = 0; y < 512; y += step) {
      for (int x = 0; x < 512; x += step) {
        const double half = 0.5 * step;
        const double value = static_cast<double>(
            texture.At(static_cast<float>(x + half), static_cast<float>(y + half), level));
        sum += value;
        square += value * value;
        ++count;
      }
    }
    return square / count - sum / count * (sum / count);
  };
  // Octaves between the smallest disc (2.5 texels radius) and the largest one (128).
  for (int level = 2; level < 5; ++level) {
    const double octave = variance(level) - variance(level + 1);
    const double next = variance(level + 1) - variance(level + 2);
    EXPECT_GT(octave / next, 0.4) << level;
    EXPECT_LT(octave / next, 2.0) << level;
  }
}

TEST(Texture, OfAnImageIsMirroredAndScaled) {
  Image<uint8_t> image(20, 16);
  image.for_each_element([&](int x, int y) { image(x, y) = static_cast<uint8_t>(10 * x + y); });
  const Texture texture = FromImage(image);
  const auto half = static_cast<float>(texture.size()) / 2;
  EXPECT_NEAR(texture.At(half - 0.5F, 0.5F, 0), texture.At(half + 0.5F, 0.5F, 0), 1e-4F);
  float largest = 0;
  for (int x = 0; x < texture.size(); ++x) {
    for (int y = 0; y < texture.size(); ++y)
      largest = std::max(largest,
                         texture.At(static_cast<float>(x) + 0.5F, static_cast<float>(y) + 0.5F, 0));
  }
  EXPECT_NEAR(largest, 0.9F, 1e-3F);
}

}  // namespace
}  // namespace nightjar
