// SPDX-License-Identifier: Apache-2.0
#include "isp/replaced_pixels.h"

#include <gmock/gmock.h>

#include <cmath>
#include <cstdio>
#include <vector>

#include "isp/linear_frame.h"
#include "isp/raw_front.h"
#include "isp/spatial_denoiser.h"
#include "tests/isp/noisy_scenes.h"
#include "tests/isp/sigma_judge.h"

namespace nightjar {
namespace {

double White_e(double full_e) { return 1.5 * full_e + 40; }

/// Frames of a linear scale as a sensor's samples.
RawSamples Samples(double full_e) {
  RawSamples samples;
  samples.black.fill(kLinearPedestal);
  samples.white = kLinearPedestal + kLinearScale;
  samples.noise.fill(LinearNoise(White_e(full_e)));
  return samples;
}

/// Every fifth pixel of every fifth row.
std::vector<PixelPosition> Grid(int width, int height) {
  std::vector<PixelPosition> grid;
  for (int y = 2; y < height; y += 5)
    for (int x = 2; x < width; x += 5) grid.push_back({x, y});
  return grid;
}

/// std(error / sigma) of replaced pixels by the denoiser's sigma and by the raised one.
struct Spreads {
  double before = 0, after = 0;
};

/// Without what is beyond 5 sigma.
double Spread(const std::vector<JudgedError>& errors) {
  double sum = 0, count = 0;
  for (const JudgedError& judged : errors) {
    const double ratio = judged.error / judged.sigma;
    if (std::abs(ratio) > 5) continue;
    sum += ratio * ratio;
    count += 1;
  }
  EXPECT_GT(count, 0.9 * static_cast<double>(errors.size()));
  std::printf("%.4f beyond 5 sigma, ", 1 - count / static_cast<double>(errors.size()));
  return std::sqrt(sum / count);
}

Spreads SpreadsOf(const Image<float>& scene, double full_e, DenoisingSetting setting) {
  const double white_e = White_e(full_e);
  Image<uint16_t> raw = Linear(Expose(scene, full_e, 7), white_e);
  RawFrontOptions options;
  options.remove_row_noise = options.equalise_greens = false;
  options.defects = Grid(raw.width(), raw.height());
  options.list_replaced = true;
  for (const auto& [x, y] : options.defects) raw(x, y) = 65535;
  RawFrontFrame front;
  EXPECT_TRUE(LineariseRaw(raw, Samples(full_e), options, front).has_value());
  EXPECT_GE(front.replaced.size(), options.defects.size());
  DenoisedFrame denoised;
  EXPECT_TRUE(DenoiseSpatially(front.linear, {}, front.noise[0], {.setting = setting}, denoised)
                  .has_value());
  Image<float> raised = denoised.sigma.copy();
  RaiseSigmaOfReplaced(options.defects, denoised.linear, front.noise, 1, raised);
  std::vector<JudgedError> before, after;
  for (const auto& [x, y] : options.defects) {
    const double truth = static_cast<double>(scene(x, y)) * full_e / white_e;
    const double error = FromLinear(denoised.linear(x, y)) - truth;
    EXPECT_GT(raised(x, y), denoised.sigma(x, y)) << x << ", " << y;
    EXPECT_EQ(raised(x + 1, y), denoised.sigma(x + 1, y));
    before.push_back({error, static_cast<double>(denoised.sigma(x, y))});
    after.push_back({error, static_cast<double>(raised(x, y))});
  }
  return {Spread(before), Spread(after)};
}

TEST(ReplacedPixels, HaveATrueSigma) {
  for (const DenoisingSetting setting : {DenoisingSetting::kEdge, DenoisingSetting::kOffline}) {
    for (const double full_e : {1000.0, 150.0, 30.0}) {
      const Spreads spreads = SpreadsOf(LeavesScene(384, 384, 1), full_e, setting);
      std::printf("%4.0f e: std(error / sigma) %.2f, as the denoiser expects %.2f\n", full_e,
                  spreads.after, spreads.before);
      EXPECT_GT(spreads.after, 0.85);
      EXPECT_LT(spreads.after, 1.15);
      EXPECT_GT(spreads.before, spreads.after);
    }
  }
}

TEST(ReplacedPixels, AreListed) {
  // One pixel that stands out, one that is listed and looks like its neighbours.
  Image<uint16_t> raw = FilledImage<uint16_t>(64, 48, 20000);
  raw(30, 20) = 60000;
  RawFrontOptions options;
  options.defects = {{10, 11}, {70, 3}};
  RawFrontFrame front;
  ASSERT_TRUE(LineariseRaw(raw, Samples(1000), options, front).has_value());
  EXPECT_TRUE(front.replaced.empty());
  options.list_replaced = true;
  ASSERT_TRUE(LineariseRaw(raw, Samples(1000), options, front).has_value());
  ASSERT_EQ(front.replaced.size(), 2);
  EXPECT_EQ(front.replaced[0].x, 10);
  EXPECT_EQ(front.replaced[0].y, 11);
  EXPECT_EQ(front.replaced[1].x, 30);
  EXPECT_EQ(front.replaced[1].y, 20);
}

TEST(ReplacedPixels, AreUncertainByWhatTheirNeighboursDisagreeAbout) {
  // A slope, where opposite neighbours agree, and a step of 8000 two pixels further on; 2 px to the
  // next of a colour.
  Image<uint16_t> linear(16, 16);
  linear.for_each_element([&](int x, int y) {
    linear(x, y) = static_cast<uint16_t>(10000 + 100 * y + (x > 9 ? 8000 : 0));
  });
  PerPlace<NoiseProfile::Channel> noise;
  noise.fill({0, 1e-4});
  Image<float> sigma = FilledImage(16, 16, 5e-3F);  // a quarter of the noise's variance
  RaiseSigmaOfReplaced({{4, 8}, {8, 8}, {0, 0}}, linear, noise, 2, sigma);
  const double alone = 25e-6 / 0.75;
  EXPECT_NEAR(sigma(4, 8), std::sqrt(alone), 1e-7);
  EXPECT_NEAR(sigma(8, 8),
              std::sqrt(alone + 1.3 * 0.75 * std::pow(4000.0 / kLinearScale, 2) - 0.8 * 25e-6),
              1e-6);
  EXPECT_NEAR(sigma(0, 0), std::sqrt(alone), 1e-7);  // no neighbour has an opposite
  EXPECT_EQ(sigma(6, 8), 5e-3F);
}

}  // namespace
}  // namespace nightjar
