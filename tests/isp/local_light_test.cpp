// SPDX-License-Identifier: Apache-2.0
#include "isp/local_light.h"

#include <gmock/gmock.h>

#include <cmath>
#include <utility>

#include "isp/linear_frame.h"

namespace nightjar {
namespace {

constexpr std::array<double, 9> kNoMatrix = {1, 0, 0, 0, 1, 0, 0, 0, 1};
constexpr std::array<double, 3> kNoShading = {0, 0, 0};

template <typename Scene>
DenoisedFrame Frame(int width, int height, const Scene& scene, float sigma = 0) {
  DenoisedFrame frame = {Image<uint16_t>(width, height), FilledImage(width, height, sigma)};
  frame.linear.for_each_element([&](int x, int y) {
    frame.linear(x, y) = static_cast<uint16_t>(ToLinear(scene(x, y)) + 0.5);
  });
  return frame;
}

/// A plane between the nodes around a pixel.
double At(const PlanarImage<float>& nodes, int x, int y, int k) {
  const double h = ((x + 8) % 16 + 0.5) / 16, v = ((y + 8) % 16 + 0.5) / 16;
  const auto node = [&](int i, int j) {
    return static_cast<double>(nodes((x + 8) / 16 + i, (y + 8) / 16 + j, k));
  };
  return (1 - v) * ((1 - h) * node(0, 0) + h * node(1, 0)) +
         v * ((1 - h) * node(0, 1) + h * node(1, 1));
}

double Surrounding(const PlanarImage<float>& nodes, int x, int y, double light) {
  return std::pow(At(nodes, x, y, 0) * std::pow(light, 0.25) + At(nodes, x, y, 1), 4);
}

TEST(LocalLight, IsTheLightOfFlatPlacesInEverySize) {
  for (const auto& [width, height] : {std::pair(16, 16), {17, 31}, {100, 47}, {333, 64}}) {
    const auto nodes =
        LocalLight(Frame(width, height, [](int, int) { return 0.25; }), {}, kNoShading);
    ASSERT_EQ(nodes.width(), (width + 7) / 16 + 2);
    ASSERT_EQ(nodes.height(), (height + 7) / 16 + 2);
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) ASSERT_NEAR(Surrounding(nodes, x, y, 0.25), 0.25, 1e-4);
  }
}

TEST(LocalLight, IsBlindToDetailAndFollowsEdges) {
  // Checks of +-20 % of the light, and from x = 160 on sixteen times as much.
  const auto scene = [](int x, int y) {
    return (x < 160 ? 0.04 : 0.64) * ((x / 6 + y / 6) % 2 == 0 ? 0.8 : 1.2);
  };
  const auto nodes = LocalLight(Frame(320, 160, scene), {}, kNoShading);
  // Far from the edge one surrounding for all, the mean of the fourth roots.
  const double mean = std::pow((std::pow(0.8, 0.25) + std::pow(1.2, 0.25)) / 2, 4);
  for (const int x : {20, 26, 300}) {
    const double light = scene(x, 80), share = light / (x < 160 ? 0.04 : 0.64);
    const double kept = Surrounding(nodes, x, 80, light) / (light / share);
    const double part = (kept - share) / (mean - share);
    EXPECT_GT(part, 0.6) << x;
    EXPECT_LT(part, 1) << x;
  }
  // At the edge the surrounding is that of the own side: to half of its light, where a mean
  // over both sides would be off by a factor.
  for (const int x : {150, 159, 160, 170}) {
    const double own = x < 160 ? 0.04 : 0.64;
    const double surrounding = Surrounding(nodes, x, 80, own);
    EXPECT_GT(surrounding, own / 1.5) << x;
    EXPECT_LT(surrounding, own * 1.5) << x;
  }
}

TEST(LocalLight, BalancesColoursAndLightsCornersAsThePicture) {
  constexpr PerPlace<double> kLight = {0.1, 0.3, 0.3, 0.2};  // RGGB
  const auto scene = [&](int x, int y) { return kLight[PlaceOf(x, y)]; };
  const std::array<double, 9> matrix = {1.5, -0.5, 0, -0.25, 1.25, 0, 0, -0.5, 1.5};
  const auto luminance = LuminanceOf(ColourFilter::kRggb, {2, 1, 1.5}, matrix);
  const double red = 1.5 * 0.2 - 0.5 * 0.3, green = -0.25 * 0.2 + 1.25 * 0.3;
  const double blue = -0.5 * 0.3 + 1.5 * 0.3;
  const double light = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  const auto nodes = LocalLight(Frame(320, 320, scene), luminance, kNoShading);
  EXPECT_NEAR(Surrounding(nodes, 30, 30, light), light, 1e-3);
  const auto shaded = LocalLight(Frame(320, 320, scene), luminance, {0.5, 0, 0});
  EXPECT_NEAR(Surrounding(shaded, 159, 159, light), light, 0.05 * light);
  EXPECT_GT(Surrounding(shaded, 0, 0, 1.5 * light), 1.3 * light);
}

TEST(LocalLight, KnowsTheNoiseOfTheLuminance) {
  const auto luminance = LuminanceOf(ColourFilter::kRggb, {2, 1, 1.5}, kNoMatrix);
  DenoisedFrame frame = Frame(
      96, 96, [](int, int) { return 0.2; }, 0.01F);
  frame.sigma.for_each_element([&](int x, int y) {
    if (x >= 48) frame.sigma(x, y) = 0.03F;
  });
  const auto nodes = LocalLight(frame, luminance, kNoShading);
  // Each green is half of the luminance's green: what a tile averages. (header)
  const double share =
      std::pow(2 * 0.2126, 2) + 2 * std::pow(0.5 * 0.7152, 2) + std::pow(1.5 * 0.0722, 2);
  EXPECT_NEAR(At(nodes, 10, 40, 2), 1e-4 * share, 2e-6);
  EXPECT_NEAR(At(nodes, 90, 40, 2), 9e-4 * share, 2e-5);

  const auto of_grey = LocalLight(frame, {}, kNoShading);
  EXPECT_NEAR(At(of_grey, 10, 40, 2), 1e-4, 2e-6) << "a pixel without colours is a luminance";
  EXPECT_NEAR(At(of_grey, 90, 40, 2), 9e-4, 2e-5);
}

}  // namespace
}  // namespace nightjar
