// SPDX-License-Identifier: Apache-2.0
#include "isp/automatic_look.h"

#include <gmock/gmock.h>

#include <array>

#include "isp/linear_frame.h"
#include "isp/tone_curve.h"

namespace nightjar {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;

/// Of one colour, but for a saturated corner.
Image<uint16_t> Wall(ColourFilter filter, const std::array<double, 3>& colour) {
  const PerPlace<int> colours = TileColours(filter);
  Image<uint16_t> image(33, 31);
  image.for_each_element([&](int x, int y) {
    const double light = x < 10 && y < 10 ? 1 : colour[static_cast<size_t>(colours[PlaceOf(x, y)])];
    image(x, y) = static_cast<uint16_t>(ToLinear(light) + 0.5);
  });
  return image;
}

TEST(AutomaticLook, GreyWorldMakesTheMeanGreyInEveryPhase) {
  for (const ColourFilter filter :
       {ColourFilter::kRggb, ColourFilter::kBggr, ColourFilter::kGrbg, ColourFilter::kGbrg}) {
    EXPECT_THAT(GreyWorld(Wall(filter, {0.2, 0.4, 0.1}), filter),
                ElementsAre(DoubleNear(2, 1e-3), DoubleNear(1, 1e-3), DoubleNear(4, 1e-3)));
  }
  // Never below 1, for saturated samples; never above 8, for a colour that is not there.
  EXPECT_THAT(GreyWorld(Wall(ColourFilter::kRggb, {0.8, 0.4, 0}), ColourFilter::kRggb),
              ElementsAre(DoubleNear(1, 1e-3), DoubleNear(2, 1e-3), DoubleNear(8, 1e-3)));
  EXPECT_THAT(GreyWorld(Wall(ColourFilter::kRggb, {0, 0, 0}), ColourFilter::kRggb),
              ElementsAre(1, 1, 1));
  EXPECT_THAT(GreyWorld(Wall(ColourFilter::kNone, {0.2, 0.4, 0.1}), ColourFilter::kNone),
              ElementsAre(1, 1, 1));
}

TEST(AutomaticLook, ExposesTheMedianToAMiddleGrey) {
  for (const double light : {0.01, 0.05, 0.1, 0.15}) {
    const double exposure =
        AutomaticExposure(Wall(ColourFilter::kGrbg, {1, light / 1.5, 1}), ColourFilter::kGrbg, 1.5);
    const auto shown = (*MakeToneCurve(exposure))[static_cast<size_t>(light * (kToneCodes - 1))];
    EXPECT_NEAR(shown, 118, 2) << light;
  }
  EXPECT_EQ(AutomaticExposure(Wall(ColourFilter::kNone, {0.8, 0.8, 0.8}), ColourFilter::kNone, 1),
            1);
  EXPECT_EQ(AutomaticExposure(Wall(ColourFilter::kNone, {0, 0, 0}), ColourFilter::kNone, 1), 64);
}

}  // namespace
}  // namespace nightjar
