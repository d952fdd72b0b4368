// SPDX-License-Identifier: Apache-2.0
// Local tone and sharpening as people see them. Halide's kernels have their replicas elsewhere.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <utility>

#include "isp/linear_frame.h"
#include "isp/picture_finisher.h"
#include "isp/tone_curve.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

constexpr double kExposure = 8;

PictureLook Look(double local_contrast, double sharpening, double exposure = kExposure) {
  PictureLook look;
  look.tone = *MakeToneCurve(exposure);
  look.exposure = exposure;
  look.local_contrast = local_contrast;
  look.sharpening = sharpening;
  return look;
}

using Scene = std::function<double(int x, int y)>;

Image<uint8_t> Shown(int width, int height, const Scene& scene, const PictureLook& look,
                     float sigma = 1e-4F) {
  DenoisedFrame frame = {Image<uint16_t>(width, height), FilledImage(width, height, sigma)};
  frame.linear.for_each_element([&](int x, int y) {
    frame.linear(x, y) = static_cast<uint16_t>(ToLinear(scene(x, y)) + 0.5);
  });
  Image<uint8_t> picture;
  EXPECT_TRUE(FinishMono(frame, look, picture).has_value());
  return picture;
}

TEST(LocalTone, LeavesFlatPlacesAndSlowRampsAsTheyAre) {
  for (const double light : {0.0, 0.01, 0.2, 0.6, 1.0}) {
    const Scene flat = [=](int, int) { return light; };
    const auto off = Shown(80, 64, flat, Look(0, 0)), on = Shown(80, 64, flat, Look(1, 0));
    on.for_each_element([&](int x, int y) { ASSERT_NEAR(on(x, y), off(x, y), 1) << light; });
  }
  // A ramp of a factor of 3 over 800 px: brighter stays brighter.
  const Scene ramp = [](int x, int) { return 0.2 * std::pow(3, x / 800.0); };
  const auto shown = Shown(800, 64, ramp, Look(1, 0));
  for (int x = 1; x < 800; ++x) EXPECT_GE(shown(x, 30) + 1, shown(x - 1, 30)) << x;
  EXPECT_GT(shown(799, 30), shown(0, 30) + 20);
}

TEST(LocalTone, GivesDetailInTheLightBackWhatTheCurveTook) {
  // +-5 % of the light, in the dark and in the light.
  const auto scene = [](double light) -> Scene {
    return [=](int x, int y) { return light * ((x / 5 + y / 5) % 2 == 0 ? 0.95 : 1.05); };
  };
  const auto contrast = [&](double light, double share) {
    const auto shown = Shown(160, 160, scene(light), Look(share, 0));
    double sum[2] = {0, 0};
    for (int y = 60; y < 100; ++y)
      for (int x = 60; x < 100; ++x) sum[(x / 5 + y / 5) % 2] += shown(x, y) / 800.0;
    return sum[1] - sum[0];
  };
  // y = 8 x: in the light the curve has a slope of 1 / (1 + y)^2, and 1 / (1 + y) is wanted.
  EXPECT_NEAR(contrast(0.005, 1), contrast(0.005, 0), 0.1 * contrast(0.005, 0));
  const double gain = contrast(0.4, 1) / contrast(0.4, 0);
  EXPECT_GT(gain, 2);
  EXPECT_LT(gain, 1 + 8 * 0.4);
  const double half = contrast(0.4, 0.5) / contrast(0.4, 0);
  EXPECT_GT(half, 1 + 0.3 * (gain - 1));
  EXPECT_LT(half, 1 + 0.8 * (gain - 1));
}

TEST(LocalTone, HasNoHalosAtStrongEdges) {
  // Steps of 4 and of 16 times the light.
  for (const auto& [dark, bright] : {std::pair(0.2, 0.8), {0.05, 0.8}, {0.01, 0.16}}) {
    SCOPED_TRACE(testing::Message() << dark << " to " << bright);
    const Scene step = [d = dark, b = bright](int x, int) { return x < 240 ? d : b; };
    const auto off = Shown(480, 160, step, Look(0, 0)), on = Shown(480, 160, step, Look(0.5, 0));
    int over = 0, under = 0;
    for (int x = 0; x < 480; ++x) {
      if (x >= 240) over = std::max(over, on(x, 80) - off(x, 80));
      if (x < 240) under = std::max(under, off(x, 80) - on(x, 80));
    }
    // A surrounding of both sides would darken the dark one of the first by 33 and whiten the
    // bright.
    EXPECT_LE(over, 10);
    EXPECT_LE(under, 10);
    EXPECT_GE(over, 2);
  }
}

TEST(Sharpening, StaysWithinATenthOfTheRangeBeyondItsNeighbours) {
  // A soft edge: steeper in the middle, and beyond its ends by a tenth of its range at most.
  const Scene edge = [](int x, int) { return 0.1 + 0.3 / (1 + std::exp(-(x - 40) / 1.0)); };
  const auto off = Shown(80, 64, edge, Look(0, 0, 1)), on = Shown(80, 64, edge, Look(0, 2, 1));
  const auto slope = [](const Image<uint8_t>& shown) {
    int most = 0;
    for (int x = 1; x < 80; ++x) most = std::max(most, shown(x, 30) - shown(x - 1, 30));
    return most;
  };
  EXPECT_GT(slope(on), 1.15 * slope(off));
  EXPECT_LT(slope(on), 1.8 * slope(off));
  int high = 0, low = 255;
  for (int x = 0; x < 80; ++x) {
    const int most =
        std::max({off(std::max(x - 1, 0), 30), off(x, 30), off(std::min(x + 1, 79), 30)});
    const int least =
        std::min({off(std::max(x - 1, 0), 30), off(x, 30), off(std::min(x + 1, 79), 30)});
    EXPECT_LE(on(x, 30), most + 0.13 * (most - least) + 1) << x;
    EXPECT_GE(on(x, 30), least - 0.13 * (most - least) - 1) << x;
    high = std::max<int>(high, on(x, 30));
    low = std::min<int>(low, on(x, 30));
  }
  EXPECT_GE(high, off(79, 30));
  EXPECT_LE(low, off(0, 30));
}

TEST(Sharpening, LeavesWhatNoiseCouldBe) {
  const WaveTexture texture(5, 4, 12);
  const Scene scene = [&](int x, int y) { return 0.2 * (1 + 0.05 * texture(x, y)); };
  const auto energy = [&](double sharpening, float sigma) {
    const auto shown = Shown(96, 96, scene, Look(0, sharpening, 1), sigma);
    double sum = 0;
    for (int y = 8; y < 88; ++y)
      for (int x = 8; x < 88; ++x)
        sum += std::pow(shown(x, y) - 0.25 * (shown(x - 1, y) + shown(x + 1, y) + shown(x, y - 1) +
                                              shown(x, y + 1)),
                        2);
    return sum;
  };
  const double before = energy(0, 1e-4F);
  EXPECT_GT(energy(1.5, 1e-4F), 1.5 * before);
  EXPECT_LT(energy(1.5, 1e-4F), 6.3 * before);  // (1 + 1.5)^2
  EXPECT_LT(energy(1.5, 0.1F), 1.1 * before);
  EXPECT_GT(energy(1.5, 0.1F), 0.95 * before);
}

TEST(PictureDetail, IsTheSameOfGreyMosaics) {
  const WaveTexture texture(5, 12, 60);
  DenoisedFrame frame = {Image<uint16_t>(120, 90), FilledImage(120, 90, 1e-3F)};
  frame.linear.for_each_element([&](int x, int y) {
    frame.linear(x, y) = static_cast<uint16_t>(ToLinear(0.3 * (1 + 0.3 * texture(x, y))) + 0.5);
  });
  Image<uint8_t> grey;
  Picture colour;
  ASSERT_TRUE(FinishMono(frame, Look(1, 1), grey).has_value());
  ASSERT_TRUE(FinishColour(frame, ColourFilter::kGrbg, {}, Look(1, 1), colour).has_value());
  double difference = 0;
  grey.for_each_element([&](int x, int y) {
    for (int c = 0; c < 3; ++c)
      difference += std::abs(colour(x, y, c) - grey(x, y)) / (3.0 * 120 * 90);
  });
  EXPECT_LT(difference, 2);
}

}  // namespace
}  // namespace nightjar
