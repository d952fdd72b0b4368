// SPDX-License-Identifier: Apache-2.0
#include "isp/mosaic_channels.h"

#include <gmock/gmock.h>

#include <cmath>
#include <utility>
#include <vector>

#include "isp/linear_frame.h"

namespace nightjar {
namespace {

constexpr PerPlace<double> kLight = {0.1, 0.4, 0.4, 0.2};
constexpr PerPlace<NoiseProfile::Channel> kNoise = {
    {{1e-3, 1e-5}, {1e-3, 1e-5}, {1e-3, 1e-5}, {1e-3, 1e-5}}};

/// Planes of a grey ramp, each at the points where the mosaic has its samples.
std::vector<FusedFrame> Ramp(double across, double down) {
  std::vector<FusedFrame> planes;
  for (int place = 0; place < 4; ++place) {
    Image<uint16_t> plane(40, 40);
    plane.for_each_element([&](int x, int y) {
      const double ramp = 1 + across * (2 * x + place % 2) + down * (2 * y + place / 2);
      plane(x, y) =
          static_cast<uint16_t>(ToLinear(kLight[static_cast<size_t>(place)] * ramp) + 0.5);
    });
    planes.push_back(SingleFrame(plane));
  }
  return planes;
}

TEST(MosaicBasis, IsOrthonormalAndPutsGreyIntoOneChannel) {
  PerPlace<NoiseProfile::Channel> of_light;
  of_light.fill({1e-3, 1e-8});
  const MosaicBasis basis = BasisOf(Ramp(0, 0), of_light);
  for (size_t a = 0; a < 4; ++a) {
    for (size_t b = 0; b < 4; ++b) {
      double product = 0;
      for (size_t p = 0; p < 4; ++p) product += basis.channels[a][p] * basis.channels[b][p];
      EXPECT_NEAR(product, a == b ? 1 : 0, 1e-12) << a << ", " << b;
    }
  }
  // By the root of the light where there is no read noise.
  EXPECT_NEAR(basis.channels[0][1] / basis.channels[0][0], 2, 1e-3);
  EXPECT_NEAR(basis.channels[0][3] / basis.channels[0][0], std::sqrt(2.0), 1e-3);
  EXPECT_EQ(basis.gain, 64);
}

TEST(MosaicBasis, HoldsAllLightAndBlackFrames) {
  std::vector<FusedFrame> black;
  for (int place = 0; place < 4; ++place)
    black.push_back(SingleFrame(FilledImage<uint16_t>(32, 32, 4000)));
  PerPlace<NoiseProfile::Channel> little;
  little.fill({1e-7, 1e-12});
  const MosaicBasis basis = BasisOf(black, little);
  for (const double value : basis.channels[0]) EXPECT_NEAR(value, 0.5, 1e-9);
  for (FusedFrame& plane : black) plane.linear = FilledImage<uint16_t>(32, 32, 65535);
  PlanarImage<uint16_t> codes;
  ASSERT_TRUE(MixPlanes(black, little, basis, codes).has_value());
  EXPECT_GT(codes(5, 5, 0), 60000);
  EXPECT_LT(codes(5, 5, 0), 65535);
  for (int k = 1; k < 4; ++k) EXPECT_NEAR(codes(5, 5, k), 32768, 1);
}

TEST(MosaicChannels, GreySlopesLeaveNothingInTheOthers) {
  for (const auto& [across, down] : {std::pair(0.004, 0.0), {0.0, 0.004}, {0.002, -0.001}}) {
    const auto planes = Ramp(across, down);
    const MosaicBasis basis = BasisOf(planes, kNoise);
    PlanarImage<uint16_t> codes;
    ASSERT_TRUE(MixPlanes(planes, kNoise, basis, codes).has_value());
    // The same light at all places of a tile, that of its middle.
    std::vector<FusedFrame> level;
    for (const double light : kLight) {
      const double middle = light * (1 + across * (2 * 20 + 0.5) + down * (2 * 20 + 0.5));
      level.push_back(
          SingleFrame(FilledImage(40, 40, static_cast<uint16_t>(ToLinear(middle) + 0.5))));
    }
    PlanarImage<uint16_t> flat;
    ASSERT_TRUE(MixPlanes(level, kNoise, basis, flat).has_value());
    const double right = (codes(24, 20, 0) - codes(16, 20, 0)) / 8.0;
    const double lower = (codes(20, 24, 0) - codes(20, 16, 0)) / 8.0;
    for (int k = 1; k < 4; ++k) {
      const auto slope = basis.Slope(static_cast<size_t>(k));
      const auto at = [&](int x, int y) { return static_cast<double>(codes(x, y, k)); };
      const double expected = slope[0] * right + slope[1] * lower;
      EXPECT_NEAR(at(20, 20) - static_cast<double>(flat(20, 20, k)), expected,
                  0.1 * std::abs(expected) + 2)
          << k;
    }
  }
}

TEST(MosaicChannels, ShareOfNoiseIsThatOfThePlacesInEachChannel) {
  std::vector<FusedFrame> planes = Ramp(0, 0);
  const PerPlace<double> channel = {0.6, 0, 0, 0.8};
  EXPECT_FLOAT_EQ(RemainingOf(planes, channel)(0, 0), 1);
  planes[0].remaining = FilledImage(10, 10, 0.25F);
  planes[3].remaining = FilledImage(10, 9, 0.5F);
  const Image<float> mixed = RemainingOf(planes, channel);
  ASSERT_EQ(mixed.width(), 10);
  ASSERT_EQ(mixed.height(), 10);
  mixed.for_each_value([](float share) { ASSERT_FLOAT_EQ(share, 0.36F * 0.25F + 0.64F * 0.5F); });
}

}  // namespace
}  // namespace nightjar
