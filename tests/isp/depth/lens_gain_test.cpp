// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/lens_gain.h"

#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <optional>

#include "calibration/make_camera_model.h"
#include "isp/depth/stereo_pictures.h"
#include "isp/linear_frame.h"

namespace nightjar {
namespace {

// 101 x 81 px, 50 px of focal length, the axis at (40, 30).
RigCamera Camera() {
  RigCamera camera;
  camera.width = 101;
  camera.height = 81;
  camera.model = MakeCameraModel("radial-tangential", {50, 50, 40, 30, 0, 0, 0, 0}).value();
  return camera;
}

const PinholeView kView{120, 90, 50, 45, 35};  // its pixel (x, y) is the camera's (x - 5, y - 5)

TEST(LensGain, IsNaturalWhereTheRigSaysNothing) {
  const Image<float> gain = LensGain(Camera(), kView, Eigen::Matrix3d::Identity());
  EXPECT_FLOAT_EQ(gain(45, 35), 1);
  // 45 degrees off the axis: cos^4 is a quarter.
  EXPECT_NEAR(gain(95, 35), 4, 1e-5);
  EXPECT_EQ(gain(2, 35), 1);  // the camera does not see
  EXPECT_FLOAT_EQ(gain(105, 85), static_cast<float>(kMostLensGain));
}

TEST(LensGain, FollowsTheCamerasAxisInATurnedView) {
  // The view looks 45 degrees to the right of the camera.
  const Eigen::Matrix3d R = Eigen::AngleAxisd(M_PI / 4, Eigen::Vector3d::UnitY()).matrix();
  EXPECT_NEAR(LensGain(Camera(), kView, R)(45, 35), 4, 1e-4);
}

TEST(LensGain, IsWhatTheRigSays) {
  RigCamera camera = Camera();
  camera.sensor.lens_shading = {0.5, 0.25, 0.125};
  const Image<float> gain = LensGain(camera, kView, Eigen::Matrix3d::Identity());
  EXPECT_NEAR(gain(55, 45), 1, 1e-6);       // the middle of the frame, (50, 40)
  EXPECT_NEAR(gain(105, 85), 1.875, 1e-6);  // a corner
  const double r2 = 400.0 / (2500 + 1600);
  EXPECT_NEAR(gain(75, 45), 1 + r2 * (0.5 + r2 * (0.25 + r2 * 0.125)), 1e-6);
}

TEST(LensGain, MultipliesLightAboveBlack) {
  Image<uint16_t> frame(3, 1);
  frame(0, 0) = kLinearPedestal - 100;
  frame(1, 0) = kLinearPedestal + 1000;
  frame(2, 0) = 60000;
  Image<float> gain = FilledImage<float>(3, 1, 2.5F);
  MultiplyLight(gain, frame);
  EXPECT_EQ(frame(0, 0), kLinearPedestal - 250);
  EXPECT_EQ(frame(1, 0), kLinearPedestal + 2500);
  EXPECT_EQ(frame(2, 0), 65535);
}

constexpr int kWidth = 80, kHeight = 40;

PairShading Shading(float left, float right) {
  return {FilledImage<float>(kWidth, kHeight, left), FilledImage<float>(kWidth, kHeight, right)};
}

TEST(LensGain, PicturesWithoutNoiseBecomeThoseOfALensWithoutShading) {
  const auto scene = [](int x, int y) { return 0.2 + 0.1 * std::sin(0.3 * x) * std::sin(0.2 * y); };
  PairShading shading = Shading(1, 1);
  Image<uint16_t> seen(kWidth, kHeight), plain(kWidth, kHeight);
  seen.for_each_element([&](int x, int y) {
    shading.left(x, y) = 1 + static_cast<float>(x * x) / 4000.0F;
    const double light = scene(x, y);
    plain(x, y) = static_cast<uint16_t>(std::lround(ToLinear(light)));
    seen(x, y) = static_cast<uint16_t>(std::lround(ToLinear(light / double{shading.left(x, y)})));
  });
  StereoPair told, wanted;
  ASSERT_TRUE(PrepareStereoPair(seen, plain, {}, RunInTurn, told, &shading).has_value());
  ASSERT_TRUE(PrepareStereoPair(plain, plain, {}, RunInTurn, wanted).has_value());
  told.left.light.for_each_element([&](int x, int y) {
    // Black is where the root is steepest.
    ASSERT_NEAR(told.left.light(x, y), wanted.left.light(x, y), 3) << x << " " << y;
    ASSERT_NEAR(told.right.light(x, y), wanted.right.light(x, y), 3) << x << " " << y;
  });
}

TEST(LensGain, MultipliesTheNoiseThatDenoisingLeft) {
  const Image<uint16_t> grey =
      FilledImage<uint16_t>(kWidth, kHeight, static_cast<uint16_t>(std::lround(ToLinear(0.2))));
  const PictureNoise noise{{}, {1e-3, 1e-7}};  // all but of photons alone
  const PairShading shading = Shading(2, 1);
  StereoPair pair;
  ASSERT_TRUE(PrepareStereoPair(grey, grey, noise, RunInTurn, pair, &shading).has_value());
  // Light is a root: of twice as much the root of 2 times the steps, and of their noise.
  ASSERT_GT(pair.right.light(40, 20), 50);
  EXPECT_NEAR(pair.left.light(40, 20), std::sqrt(2) * pair.right.light(40, 20), 1.5);
  ASSERT_GT(pair.right.noise(40, 20), 4);
  EXPECT_NEAR(pair.left.noise(40, 20), std::sqrt(2) * pair.right.noise(40, 20), 1.5);
}

TEST(LensGain, ShadingOfAnotherSizeOrOfBytesIsRefused) {
  const Image<uint16_t> grey = FilledImage<uint16_t>(kWidth, kHeight, 9000);
  const Image<uint8_t> bytes = FilledImage<uint8_t>(kWidth, kHeight, 7);
  const PairShading shading = Shading(1, 1);
  const PairShading small{shading.left, FilledImage<float>(8, 8, 1)};
  StereoPair pair;
  EXPECT_EQ(PrepareStereoPair(grey, grey, {}, RunInTurn, pair, &small).error().kind,
            ErrorKind::kUsage);
  EXPECT_EQ(PrepareStereoPair(bytes, bytes, {}, RunInTurn, pair, &shading).error().kind,
            ErrorKind::kUsage);
}

}  // namespace
}  // namespace nightjar
