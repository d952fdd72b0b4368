// SPDX-License-Identifier: Apache-2.0
#include "isp/picture_finisher.h"

#include <gmock/gmock.h>

#include <array>
#include <cmath>
#include <limits>
#include <vector>

#include "isp/linear_frame.h"
#include "isp/tone_curve.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

constexpr ColourFilter kFilters[] = {ColourFilter::kRggb, ColourFilter::kBggr, ColourFilter::kGrbg,
                                     ColourFilter::kGbrg};

PictureLook Look(double exposure = 1) {
  PictureLook look;
  look.tone = *MakeToneCurve(exposure);
  return look;
}

using Scene = std::array<double, 3> (*)(double x, double y);

Image<uint16_t> Mosaic(int width, int height, ColourFilter filter, Scene scene, double sigma = 0) {
  const PerPlace<int> colours = TileColours(filter);
  TestRandom random(7);
  Image<uint16_t> image(width, height);
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double light = scene(x, y)[static_cast<size_t>(colours[PlaceOf(x, y)])];
      image(x, y) = static_cast<uint16_t>(
          std::clamp(ToLinear(light + sigma * random.Normal()) + 0.5, 0.0, 65535.0));
    }
  }
  return image;
}

/// Whose noise nobody asks for.
DenoisedFrame Frame(const Image<uint16_t>& linear, float sigma = 0) {
  return {linear, FilledImage(linear.width(), linear.height(), sigma)};
}

/// sRGB of linear light, by the definition of the standard.
double Encoded(double light) {
  return 255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * std::pow(light, 1 / 2.4) - 0.055);
}

TEST(ToneCurve, IsTheStandardsWithoutExposureAndKeepsWhite) {
  const std::vector<uint8_t> curve = *MakeToneCurve(1);
  for (int i = 0; i < kToneCodes; ++i)
    ASSERT_NEAR(curve[static_cast<size_t>(i)], Encoded(i / 16383.0), 0.501) << i;
  for (const double exposure : {1.0, 4.0, 60.0}) {
    const std::vector<uint8_t> bright = *MakeToneCurve(exposure);
    EXPECT_EQ(bright.front(), 0);
    EXPECT_EQ(bright.back(), 255);
    EXPECT_TRUE(std::is_sorted(bright.begin(), bright.end()));
  }
  // In the shadows an exposure is a gain.
  EXPECT_NEAR((*MakeToneCurve(8))[40], Encoded(8 * 40 / 16383.0), 2);
  EXPECT_FALSE(MakeToneCurve(0.5));
  EXPECT_FALSE(MakeToneCurve(std::numeric_limits<double>::quiet_NaN()));
}

TEST(PictureFinisher, ShowsFlatColoursOfEveryPhaseExactly) {
  const Scene scene = [](double, double) { return std::array{0.3, 0.5, 0.1}; };
  for (const ColourFilter filter : kFilters) {
    Picture picture;
    ASSERT_TRUE(FinishColour(Frame(Mosaic(33, 31, filter, scene)), filter, {}, Look(), picture));
    picture.for_each_element([&](int x, int y, int c) {
      ASSERT_NEAR(picture(x, y, c), Encoded(std::array{0.3, 0.5, 0.1}[static_cast<size_t>(c)]),
                  0.6);
    });
  }
}

TEST(PictureFinisher, BalancesMixesAndKeepsSaturatedWhite) {
  const Scene scene = [](double x, double) {
    return x < 32 ? std::array{0.2, 0.4, 0.1} : std::array{1.0, 1.0, 1.0};
  };
  PictureLook look = Look();
  look.white_balance = {2, 1, 3};
  look.matrix = {1.5, -0.5, 0, 0, 1, 0, -0.25, 0, 1.25};
  Picture picture;
  ASSERT_TRUE(FinishColour(Frame(Mosaic(64, 32, ColourFilter::kGbrg, scene)), ColourFilter::kGbrg,
                           {}, look, picture));
  EXPECT_NEAR(picture(10, 16, 0), Encoded(0.4), 0.6);  // 1.5 * 0.4 - 0.5 * 0.4
  EXPECT_NEAR(picture(10, 16, 1), Encoded(0.4), 0.6);
  EXPECT_NEAR(picture(10, 16, 2), Encoded(1.25 * 0.3 - 0.25 * 0.4), 0.6);
  for (int c = 0; c < 3; ++c) EXPECT_EQ(picture(50, 16, c), 255);
}

TEST(PictureFinisher, KeepsGreyEdgesGrey) {
  // Steps of all directions in grey: false colours are what a demosaicing is bad at.
  const Scene scene = [](double x, double y) {
    const double u = x - 40, v = y - 40;
    const double light = std::fmod(std::atan2(v, u) / M_PI * 6 + 12, 2) < 1 ? 0.15 : 0.6;
    return std::array{light, light, light};
  };
  Picture picture;
  ASSERT_TRUE(FinishColour(Frame(Mosaic(81, 81, ColourFilter::kRggb, scene)), ColourFilter::kRggb,
                           {}, Look(), picture));
  double error = 0, colour = 0;
  for (int y = 0; y < 81; ++y) {
    for (int x = 0; x < 81; ++x) {
      if (std::hypot(x - 40, y - 40) < 10) continue;
      for (int c = 0; c < 3; ++c)
        error += std::pow(picture(x, y, c) - Encoded(scene(x, y)[0]), 2) / (3 * 81 * 81);
      colour += std::pow(picture(x, y, 0) - picture(x, y, 1), 2) / (81 * 81);
    }
  }
  // Bilinear interpolation of the same: 20.6 and 22.
  EXPECT_LT(std::sqrt(error), 12);
  EXPECT_GT(std::sqrt(error), 2);
  EXPECT_LT(std::sqrt(colour), 12);
}

TEST(PictureFinisher, TakesBothDirectionsInNoiseAndTheSmoothOneWithout) {
  // A bright line beside the red pixel (20, 20): green is 0.4 by the pixels across, 0.2 by those
  // down.
  const Scene edge = [](double x, double) {
    const double light = x == 21 ? 0.6 : 0.2;
    return std::array{light, light, light};
  };
  Picture picture;
  for (const auto& [variance, light] : {std::pair(0.0, 0.2), {1e6, 0.5 * 0.2 + 0.5 * 0.4}}) {
    ASSERT_TRUE(FinishColour(Frame(Mosaic(41, 41, ColourFilter::kRggb, edge)), ColourFilter::kRggb,
                             {0, variance}, Look(), picture));
    EXPECT_NEAR(picture(20, 20, 1), Encoded(light), 0.6);
  }
}

TEST(PictureFinisher, LiftsTheCornersOfALens) {
  const Scene scene = [](double, double) { return std::array{0.2, 0.2, 0.2}; };
  PictureLook look = Look();
  look.vignetting = {0.5, 0.25, 0.25};
  Picture picture;
  ASSERT_TRUE(FinishColour(Frame(Mosaic(65, 49, ColourFilter::kRggb, scene)), ColourFilter::kRggb,
                           {}, look, picture));
  Image<uint8_t> grey;
  const Image<uint16_t> mono = FilledImage(65, 49, static_cast<uint16_t>(ToLinear(0.2) + 0.5));
  ASSERT_TRUE(FinishMono(Frame(mono), look, grey));
  for (const int corner : {0, 64}) {
    EXPECT_NEAR(picture(corner, 0, 1), Encoded(0.4), 3);
    EXPECT_NEAR(grey(corner, 48), Encoded(0.4), 0.6);
  }
  EXPECT_NEAR(picture(32, 24, 1), Encoded(0.2), 0.6);
  EXPECT_NEAR(grey(32, 24), Encoded(0.2), 0.6);
}

TEST(PictureFinisher, RefusesWhatCannotBe) {
  Picture picture;
  const Image<uint16_t> mosaic = FilledImage<uint16_t>(32, 32, 9000);
  const auto refuses = [&](ColourFilter filter, NoiseProfile::Channel noise, PictureLook look) {
    return !FinishColour(Frame(mosaic), filter, noise, look, picture).has_value();
  };
  EXPECT_FALSE(refuses(ColourFilter::kRggb, {}, Look()));
  EXPECT_TRUE(refuses(ColourFilter::kNone, {}, Look()));
  EXPECT_TRUE(refuses(ColourFilter::kRggb, {-1, 0}, Look()));
  EXPECT_TRUE(refuses(ColourFilter::kRggb, {}, {}));
  PictureLook look = Look();
  look.matrix[4] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_TRUE(refuses(ColourFilter::kRggb, {}, look));
  for (double PictureLook::*share :
       {&PictureLook::local_contrast, &PictureLook::sharpening, &PictureLook::exposure}) {
    for (const double value : {-0.1, 2000.0, std::numeric_limits<double>::quiet_NaN()}) {
      look = Look();
      look.*share = value;
      EXPECT_TRUE(refuses(ColourFilter::kRggb, {}, look));
    }
  }
  // Sharpening has to know the noise.
  look = Look();
  look.sharpening = 1;
  EXPECT_FALSE(FinishColour({mosaic, {}}, ColourFilter::kRggb, {}, look, picture));
  EXPECT_FALSE(
      FinishColour({mosaic, FilledImage(31, 32, 0.F)}, ColourFilter::kRggb, {}, look, picture));
  EXPECT_FALSE(FinishColour(Frame(FilledImage<uint16_t>(32768, 16, 0)), ColourFilter::kRggb, {},
                            Look(), picture));
  EXPECT_FALSE(FinishColour(Frame(FilledImage<uint16_t>(15, 32, 0)), ColourFilter::kRggb, {},
                            Look(), picture));
}

}  // namespace
}  // namespace nightjar
