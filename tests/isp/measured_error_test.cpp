// SPDX-License-Identifier: Apache-2.0
#include "isp/measured_error.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "isp/linear_frame.h"
#include "isp/mosaic_channels.h"
#include "isp/temporal_fusion.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

constexpr int kWidth = 320, kHeight = 240;  // of a plane, px
constexpr PerPlace<double> kLight = {0.1, 0.4, 0.3, 0.2};
constexpr PerPlace<NoiseProfile::Channel> kNoise = {
    {{4e-3, 2e-4}, {8e-3, 3e-4}, {4e-3, 2e-4}, {2e-3, 1e-4}}};

double Scene(const WaveTexture& texture, size_t place, int x, int y) {
  return kLight[place] * (1 + 0.3 * texture(x, y));
}

/// A denoiser whose error nobody expects: the mean over 3 x 3 pixels.
Image<uint16_t> Smoothed(const Image<uint16_t>& image) {
  Image<uint16_t> smooth(image.width(), image.height());
  smooth.for_each_element([&](int x, int y) {
    int sum = 4;
    for (int v = y - 1; v <= y + 1; ++v)
      for (int u = x - 1; u <= x + 1; ++u)
        sum += image(std::clamp(u, 0, image.width() - 1), std::clamp(v, 0, image.height() - 1));
    smooth(x, y) = static_cast<uint16_t>(sum / 9);
  });
  return smooth;
}

MosaicPlanes Taken(const WaveTexture& texture) {
  TestRandom random(8);
  MosaicPlanes planes;
  for (size_t p = 0; p < 4; ++p) {
    planes.taken[p] = Image<uint16_t>(kWidth, kHeight);
    planes.taken[p].for_each_element([&](int x, int y) {
      const double light = Scene(texture, p, x, y);
      const double sigma = std::sqrt(kNoise[p].scale * light + kNoise[p].offset);
      planes.taken[p](x, y) = static_cast<uint16_t>(
          std::clamp(ToLinear(light + sigma * random.Normal()) + 0.5, 0.0, 65535.0));
    });
    planes.clean[p] = Smoothed(planes.taken[p]);
  }
  return planes;
}

MosaicPlanes NudgedOf(const MosaicPlanes& planes) {
  MosaicPlanes nudged;
  for (size_t p = 0; p < 4; ++p) {
    nudged.taken[p] = Nudged(planes.taken[p], planes.clean[p], kNoise[p], p);
    nudged.clean[p] = Smoothed(nudged.taken[p]);
  }
  return nudged;
}

MosaicBasis Basis(const MosaicPlanes& planes) {
  std::vector<FusedFrame> frames;
  for (const Image<uint16_t>& plane : planes.taken) frames.push_back(SingleFrame(plane));
  return BasisOf(frames, kNoise);
}

double TrueError(const MosaicPlanes& planes, const WaveTexture& texture, const MosaicBasis& basis,
                 size_t channel) {
  double sum = 0;
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      double error = 0;
      for (size_t p = 0; p < 4; ++p) {
        const double light = Scene(texture, p, x, y);
        error += basis.channels[channel][p] * (FromLinear(planes.clean[p](x, y)) - light) /
                 std::sqrt(kNoise[p].scale * light + kNoise[p].offset);
      }
      sum += error * error;
    }
  }
  return sum / (kWidth * kHeight);
}

TEST(MeasuredError, IsThatOfAnyDenoiserWithoutTheTruth) {
  // Of 77000 tiles the squares of noise scatter by 0.005, the answers by about as much.
  for (const double shortest_px : {5.0, 20.0}) {
    const WaveTexture texture(5, shortest_px, 3 * shortest_px);
    const MosaicPlanes planes = Taken(texture);
    const MosaicBasis basis = Basis(planes);
    PlanarImage<float> sigmas(kWidth, kHeight, 4);
    sigmas.fill(static_cast<float>(0.3 * basis.gain / kLinearScale));
    const auto errors = MeasureErrors(planes, NudgedOf(planes), kNoise, basis, sigmas);
    for (size_t k = 0; k < 4; ++k) {
      const double truth = TrueError(planes, texture, basis, k);
      EXPECT_NEAR(errors[k].measured, truth, 0.02 + 0.03 * truth) << k;
      EXPECT_NEAR(errors[k].expected, 0.09, 1e-4) << k;
    }
    EXPECT_GT(errors[0].measured, shortest_px < 10 ? 0.2 : 0.1);  // a ninth, and what was lost
  }
}

TEST(MeasuredError, CorrectsSigmasAsFarAsItCanBeTrusted) {
  const Image<float> shares = FilledImage(40, 30, 1.F);
  const auto corrected = [&](double measured, double tiles) {
    Image<float> sigmas = FilledImage(40, 30, 0.2F);
    CorrectSigmas({measured, 0.04, tiles}, 1, shares, sigmas);
    return static_cast<double>(sigmas(7, 5)) * static_cast<double>(sigmas(7, 5));
  };
  EXPECT_NEAR(corrected(0.08, 1e6), 0.08, 0.004);
  EXPECT_NEAR(corrected(0.02, 1e6), 0.02, 0.002);
  EXPECT_NEAR(corrected(-1, 1e6), 0.004, 1e-5);  // a tenth is left
  EXPECT_NEAR(corrected(0.08, 100), 0.042, 0.002);
  EXPECT_NEAR(corrected(0.08, 0), 0.04, 1e-6);
}

TEST(MeasuredError, ExpectsHiddenStructureWhereThereIsLight) {
  PerPlace<Image<uint16_t>> clean;
  for (Image<uint16_t>& plane : clean) {
    plane = FilledImage<uint16_t>(16, 16, static_cast<uint16_t>(ToLinear(0.1)));
    for (int y = 0; y < 16; ++y)
      for (int x = 8; x < 16; ++x) plane(x, y) = static_cast<uint16_t>(ToLinear(0.4));
  }
  const Image<float> shares = StructureShares(clean, {{{0, 1}, {0, 1}, {0, 1}, {0, 1}}});
  EXPECT_NEAR(shares(12, 3) / shares(3, 3), 16, 0.1);
  EXPECT_NEAR(shares(12, 3) + shares(3, 3), 2, 1e-3);
}

}  // namespace
}  // namespace nightjar
