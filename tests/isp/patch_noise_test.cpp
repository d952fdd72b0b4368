// SPDX-License-Identifier: Apache-2.0
#include "isp/patch_noise.h"

#include <gtest/gtest.h>

#include "isp/patch.h"
#include "isp/tracking_pyramid.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

constexpr double kIntensityPerDn = static_cast<double>(kPyramidWhite) / 65535;
constexpr double kNoise_dn = 1500;

TrackingPyramid Noisy(const WaveTexture* texture, uint64_t seed) {
  const auto image = Render<uint16_t>(
      640, 480,
      [&](double x, double y) {
        return 30000 + (texture != nullptr ? 1500 * (*texture)(x, y) : 0);
      },
      kNoise_dn, seed);
  TrackingPyramid pyramid = BuildTrackingPyramid(image).value();
  pyramid.noise.offset = kNoise_dn * kNoise_dn * kIntensityPerDn * kIntensityPerDn;
  return pyramid;
}

TEST(PatchNoise, IsWhatPatchesOfNothingButNoiseHave) {
  const TrackingPyramid frame = Noisy(nullptr, 3);
  for (int level = 0; level < kPyramidLevels; ++level) {
    for (const float part : {0.0F, 0.25F, 0.5F}) {
      double squares = 0, count = 0;
      const int step = level == 3 ? 4 : 12;
      for (int y = 8; y < (480 >> level) - 8; y += step) {
        for (int x = 8; x < (640 >> level) - 8; x += step) {
          const auto sample = SamplePatch(frame.levels[static_cast<size_t>(level)],
                                          static_cast<float>(x) + part, static_cast<float>(y));
          ASSERT_TRUE(sample);
          squares += static_cast<double>(sample->contrast * sample->contrast);
          ++count;
        }
      }
      const double predicted = PatchNoise(frame.noise, level, {part, 0}, 7500);
      EXPECT_NEAR(squares / count / predicted, 1, level < 2 ? 0.03 : 0.08)
          << "level " << level << " at " << part;
    }
  }
}

// The taps of a blur share most of their noise.
TEST(PatchNoise, IsWhatIsLeftOfItWhenItIsBlurred) {
  const TrackingPyramid frame = Noisy(nullptr, 3);
  for (const int level : {0, 1, 2}) {
    for (const Eigen::Vector2f& blur :
         {Eigen::Vector2f(1.1F, 0), {2, 0}, {5, 0}, {3, 4}, {0, 8}, {14, -14}}) {
      double squares = 0, count = 0;
      for (int y = 16; y < (480 >> level) - 16; y += 10) {
        for (int x = 16; x < (640 >> level) - 16; x += 10) {
          const auto sample = SamplePatch(frame.levels[static_cast<size_t>(level)],
                                          static_cast<float>(x), static_cast<float>(y), blur);
          ASSERT_TRUE(sample);
          squares += static_cast<double>(sample->contrast * sample->contrast);
          ++count;
        }
      }
      const double predicted = PatchNoise(frame.noise, level, {0, 0}, 7500, blur);
      EXPECT_NEAR(squares / count / predicted, 1, 0.15) << "level " << level << ", " << blur.norm();
    }
  }
}

// However little texture there may be, what looks like noise beside a patch is not taken for it.
TEST(PatchNoise, AnUnrelatedFrameIsRefused) {
  const TrackingPyramid first = Noisy(nullptr, 1), second = Noisy(nullptr, 2);
  double passed = 0, count = 0;
  for (int y = 10; y < 470; y += 11) {
    for (int x = 10; x < 630; x += 11) {
      const auto a = SamplePatch(first.levels[0], static_cast<float>(x), static_cast<float>(y));
      const auto b = SamplePatch(second.levels[0], static_cast<float>(x), static_cast<float>(y));
      const double measured = static_cast<double>(Dot(a->values, b->values));
      passed += CorrelationOfTexture(measured, 0.3) > 0.8;
      ++count;
    }
  }
  EXPECT_LT(passed / count, 0.05);
}

TEST(PatchNoise, IsNothingWhereItIsNotKnown) {
  EXPECT_EQ(PatchNoise({}, 0, {10, 10}, 5000), 0);
  EXPECT_EQ(TextureShare(12, 0), 1);
  EXPECT_EQ(CorrelationOfTexture(0.7, 1), 0.7);
}

TEST(PatchNoise, OfAMosaicOfPhotonsGrowsWithTheLight) {
  const IntensityNoise noise{2, 100};
  EXPECT_NEAR(PatchNoise(noise, 0, {0, 0}, 1000) / PatchNoise(noise, 0, {0, 0}, 0), 21, 1e-9);
  EXPECT_EQ(PatchNoise(noise, 0, {0, 0}, -50), PatchNoise(noise, 0, {0, 0}, 0));
}

// Of two frames with the same texture, whose noise makes half of their contrast or more.
TEST(PatchNoise, CorrelationIsThatOfTheTexture) {
  const WaveTexture texture(8);
  const TrackingPyramid first = Noisy(&texture, 1), second = Noisy(&texture, 2);
  const auto texture_of = [](const TrackingPyramid& frame, const PatchSample& sample) {
    return TextureShare(sample.contrast, PatchNoise(frame.noise, 0, {0, 0}, sample.mean));
  };
  double sum = 0, raw = 0, count = 0, good = 0;
  for (int y = 10; y < 470; y += 11) {
    for (int x = 10; x < 630; x += 11) {
      const auto a = SamplePatch(first.levels[0], static_cast<float>(x), static_cast<float>(y));
      const auto b = SamplePatch(second.levels[0], static_cast<float>(x), static_cast<float>(y));
      const double expected = std::sqrt(texture_of(first, *a) * texture_of(second, *b));
      if (expected < 0.5) continue;
      const double measured = static_cast<double>(Dot(a->values, b->values));
      sum += CorrelationOfTexture(measured, expected);
      raw += measured;
      good += CorrelationOfTexture(measured, expected) > 0.8;
      ++count;
    }
  }
  ASSERT_GT(count, 500);
  EXPECT_LT(raw / count, 0.75);  // what a bound of 0.8 would refuse
  EXPECT_GT(sum / count, 0.9);
  EXPECT_GT(good / count, 0.8);
}

}  // namespace
}  // namespace nightjar
