// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/frame_developer.h"

#include <gmock/gmock.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "calibration/make_camera_model.h"
#include "core/random.h"
#include "isp/linear_frame.h"
#include "tests/isp/synthetic_images.h"

namespace nightjar {
namespace {

constexpr double kGain = 16;
constexpr int kBlack = 64, kWhite = 1023;

/// One monochrome camera of 10 bits with 625 electrons at white.
Rig DarkRig() {
  Rig rig;
  RigCamera camera;
  camera.model = MakeCameraModel("pinhole", {60, 60, 31.5, 23.5}).value();
  camera.sensor.pixel_format = PixelFormat::kRaw10;
  camera.sensor.black_level = kBlack;
  camera.sensor.noise = {{kGain, {{1.6e-3, 1.6e-5}}}};
  rig.cameras.push_back(std::move(camera));
  return rig;
}

DevelopmentOptions On() {
  DevelopmentOptions options;
  options.spatial = true;
  return options;
}

/// A tenth of white, with the noise of that profile.
Frame DarkFrame(uint64_t seed = 1) {
  Image<uint16_t> image(64, 48);
  RandomStream random(seed, 0);
  const double sigma = std::sqrt(1.6e-3 * 0.1 + 1.6e-5);
  for (int y = 0; y < 48; ++y) {
    for (int x = 0; x < 64; ++x) {
      image(x, y) = static_cast<uint16_t>(
          std::lround(kBlack + (kWhite - kBlack) * (0.1 + sigma * random.Normal())));
    }
  }
  Frame frame;
  frame.image = image;
  frame.gain = kGain;
  return frame;
}

/// Whether what comes back is another image than what went in.
bool Denoises(const Rig& rig, const DevelopmentOptions& options, const Frame& frame) {
  FrameDeveloper developer(rig, options);
  const auto developed = developer.Develop(frame);
  EXPECT_TRUE(developed.has_value()) << developed.error().Message();
  const auto data = [](const MonoImage& image) {
    return std::visit([](const auto& pixels) { return static_cast<const void*>(pixels.data()); },
                      image);
  };
  const bool is_another = data(developed->image) != data(frame.image);
  EXPECT_EQ(developer.denoised_frames(), is_another ? 1 : 0);
  return is_another;
}

TEST(FrameDeveloper, DenoisesRawFramesOfKnownNoise) {
  FrameDeveloper developer(DarkRig(), On());
  const auto developed = developer.Develop(DarkFrame());
  ASSERT_TRUE(developed.has_value());
  EXPECT_EQ(developed->levels.black, kLinearPedestal);
  EXPECT_EQ(developed->levels.white, kLinearPedestal + kLinearScale);
  double mean = 0, square = 0;
  const auto& linear = std::get<Image<uint16_t>>(developed->image);
  linear.for_each_element([&](int x, int y) {
    const double error = FromLinear(linear(x, y)) - 0.1;
    mean += error / linear.number_of_elements();
    square += error * error / static_cast<double>(linear.number_of_elements());
  });
  EXPECT_NEAR(mean, 0, 1e-3);
  EXPECT_LT(std::sqrt(square), 0.4 * std::sqrt(1.6e-3 * 0.1 + 1.6e-5));
}

TEST(FrameDeveloper, PutsFramesTogether) {
  DevelopmentOptions options;
  options.temporal = true;
  options.video.least_share = 0;
  FrameDeveloper developer(DarkRig(), options);
  double square = 0;
  for (uint64_t k = 1; k <= 8; ++k) {
    const auto developed = developer.Develop(DarkFrame(k));
    ASSERT_TRUE(developed.has_value()) << developed.error().Message();
    square = 0;
    const auto& linear = std::get<Image<uint16_t>>(developed->image);
    linear.for_each_element([&](int x, int y) {
      square += std::pow(FromLinear(linear(x, y)) - 0.1, 2) /
                static_cast<double>(linear.number_of_elements());
    });
  }
  const double of_one = 1.6e-3 * 0.1 + 1.6e-5;
  // An eighth, and at the edges more: where there is nothing to see the motion wanders a little.
  EXPECT_GT(square / of_one, 0.1);
  EXPECT_LT(square / of_one, 0.22);
  EXPECT_EQ(developer.denoised_frames(), 8);
}

TEST(FrameDeveloper, FollowsTheTurnOfACameraThatMissedAFrame) {
  // The camera looks along the body's x; the body turns to its left, by 0.15 rad in two steps of
  // which the first has no frame: 45 px, too far to be found without the gyro.
  Rig rig = DarkRig();
  RigCamera& camera = rig.cameras[0];
  camera.model = MakeCameraModel("pinhole", {300, 300, 79.5, 59.5}).value();
  Eigen::Matrix3d R_body_camera;
  R_body_camera << 0, 0, 1, -1, 0, 0, 0, -1, 0;
  camera.T_body_camera.rotation = Eigen::Quaterniond(R_body_camera);
  const Eigen::Quaterniond turn(Eigen::AngleAxisd(0.075, Eigen::Vector3d::UnitZ()));
  const WaveTexture texture(3, 12, 80);
  const auto seen = [&](const Eigen::Quaterniond& R_world_body, int x, int y) {
    const Eigen::Vector3d ray = R_world_body * (R_body_camera * *camera.model->Unproject({x, y}));
    return 0.1 + 0.05 * texture(300 * ray.y() / ray.x(), 300 * ray.z() / ray.x());
  };
  const auto frame_at = [&](const Eigen::Quaterniond& R_world_body, uint64_t seed) {
    Image<uint16_t> image(160, 120);
    RandomStream random(seed, 0);
    for (int y = 0; y < 120; ++y) {
      for (int x = 0; x < 160; ++x) {
        const double light = std::max(0.0, seen(R_world_body, x, y));
        const double sigma = std::sqrt(1.6e-3 * light + 1.6e-5);
        image(x, y) = static_cast<uint16_t>(
            std::lround(kBlack + (kWhite - kBlack) * (light + sigma * random.Normal())));
      }
    }
    Frame frame = DarkFrame();
    frame.image = image;
    return frame;
  };
  DevelopmentOptions options;
  options.temporal = true;
  FrameDeveloper developer(rig, options);
  ASSERT_TRUE(developer.Develop(frame_at(Eigen::Quaterniond::Identity(), 1)).has_value());
  developer.Turn(turn);
  developer.Turn(turn);
  const auto developed = developer.Develop(frame_at(turn * turn, 2));
  ASSERT_TRUE(developed.has_value());
  // Turned to the left, what was seen before lies on the right.
  double square = 0;
  int count = 0;
  const auto& linear = std::get<Image<uint16_t>>(developed->image);
  for (int y = 20; y < 100; ++y) {
    for (int x = 70; x < 140; ++x) {
      const double light = std::max(0.0, seen(turn * turn, x, y));
      square += std::pow(FromLinear(linear(x, y)) - light, 2) / (1.6e-3 * light + 1.6e-5);
      ++count;
    }
  }
  EXPECT_NEAR(square / count, 0.5, 0.1);
}

TEST(FrameDeveloper, LeavesAloneWhatItKnowsNothingOfOrNeedNotTouch) {
  EXPECT_TRUE(Denoises(DarkRig(), On(), DarkFrame()));
  EXPECT_FALSE(Denoises(DarkRig(), {}, DarkFrame()));

  Rig unknown = DarkRig();
  unknown.cameras[0].sensor.noise.clear();
  EXPECT_FALSE(Denoises(unknown, On(), DarkFrame()));
  Rig mosaic = DarkRig();
  mosaic.cameras[0].sensor.colour_filter = ColourFilter::kRggb;
  EXPECT_FALSE(Denoises(mosaic, On(), DarkFrame()));
  Frame without_gain = DarkFrame();
  without_gain.gain.reset();
  EXPECT_FALSE(Denoises(DarkRig(), On(), without_gain));
  Frame bytes = DarkFrame();
  bytes.image = FilledImage<uint8_t>(64, 48, 30);
  EXPECT_FALSE(Denoises(DarkRig(), On(), bytes));
  Frame bright = DarkFrame();
  bright.gain = 1;  // 10000 electrons
  EXPECT_FALSE(Denoises(DarkRig(), On(), bright));
}

TEST(FrameDeveloper, TakesTheWhiteLevelOfTheFormatWhereTheLogGivesNone) {
  for (const PixelFormat format :
       {PixelFormat::kRaw10, PixelFormat::kRaw16, PixelFormat::kMono16}) {
    Rig rig = DarkRig();
    rig.cameras[0].sensor.pixel_format = format;
    EXPECT_TRUE(Denoises(rig, On(), DarkFrame()));
  }
}

TEST(FrameDeveloper, SaysWhatIsWrongWithAFrame) {
  FrameDeveloper developer(DarkRig(), On());
  Frame tiny = DarkFrame();
  tiny.image = FilledImage<uint16_t>(8, 8, 100);
  const auto developed = developer.Develop(tiny);
  ASSERT_FALSE(developed.has_value());
  EXPECT_EQ(developed.error().kind, ErrorKind::kUnusableInput);
}

}  // namespace
}  // namespace nightjar
