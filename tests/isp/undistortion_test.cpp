// SPDX-License-Identifier: Apache-2.0
#include "isp/undistortion.h"

#include <gtest/gtest.h>

#include <cmath>

#include "calibration/make_camera_model.h"

namespace nightjar {
namespace {

/// What a camera sees of a pattern on the plane at distance 1.
double Pattern(double x, double y) { return 128 + 60 * std::sin(9 * x) + 50 * std::cos(7 * y); }

Image<uint8_t> Seen(const CameraModel& model, int width, int height) {
  Image<uint8_t> image(width, height);
  image.for_each_element([&](int x, int y) {
    const auto bearing = model.Unproject({x, y});
    const bool ahead = bearing && bearing->z() > 0.1;
    image(x, y) = ahead ? static_cast<uint8_t>(std::lround(
                              Pattern(bearing->x() / bearing->z(), bearing->y() / bearing->z())))
                        : uint8_t{0};
  });
  return image;
}

TEST(Undistortion, ShowsWhatAPinholeWouldSee) {
  struct Case {
    const char* model;
    std::vector<double> parameters;
  };
  for (const Case& c : {Case{"radial-tangential", {200, 200, 158, 121, -0.3, 0.1, 1e-3, -5e-4}},
                        Case{"equidistant", {180, 181, 161, 118, -0.01, 0.003, 0, 0}}}) {
    SCOPED_TRACE(c.model);
    const auto model = MakeCameraModel(c.model, c.parameters);
    ASSERT_TRUE(model) << model.error().Message();
    const Undistortion undistortion(**model, 321, 241);
    const PinholeView& view = undistortion.view();
    EXPECT_NEAR(view.focal, c.parameters[0], 1);
    const Image<uint8_t> picture = undistortion.Apply(Seen(**model, 321, 241));
    int compared = 0;
    for (int y = 0; y < view.height; ++y) {
      for (int x = 0; x < view.width; ++x) {
        if (picture(x, y) == 0) continue;  // not seen
        const double expected = Pattern((x - view.cx) / view.focal, (y - view.cy) / view.focal);
        EXPECT_NEAR(picture(x, y), expected, 2) << x << ' ' << y;
        ++compared;
      }
    }
    EXPECT_GT(compared, 0.8 * 321 * 241);
  }
}

TEST(Undistortion, ColoursAreThoseOfTheGreyOnes) {
  const auto model =
      MakeCameraModel("radial-tangential", {60, 60, 31, 24, -0.3, 0.1, 0, 0}).value();
  const Undistortion undistortion(*model, 64, 48);
  const Image<uint8_t> grey = Seen(*model, 64, 48);
  Picture colour = Picture::make_interleaved(64, 48, 3);
  colour.for_each_element(
      [&](int x, int y, int c) { colour(x, y, c) = static_cast<uint8_t>(grey(x, y) / (c + 1)); });
  const Image<uint8_t> grey_view = undistortion.Apply(grey);
  const Picture view = undistortion.Apply(colour);
  for (int y = 0; y < 48; ++y) {
    for (int x = 0; x < 64; ++x) {
      EXPECT_EQ(view(x, y, 0), grey_view(x, y));
      EXPECT_NEAR(view(x, y, 2), grey_view(x, y) / 3.0, 1.5);
    }
  }
}

}  // namespace
}  // namespace nightjar
