// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/frame_developer.h"

#include <gmock/gmock.h>

#include <Eigen/Geometry>
#include <algorithm>
#include <cmath>
#include <utility>
#include <variant>

#include "apps/pipeline/frame_noise.h"
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

/// Whether what comes back has less noise than what went in, by its count and by its values.
bool Denoises(const Rig& rig, const DevelopmentOptions& options, const Frame& frame) {
  FrameDeveloper developer(rig, options);
  const auto developed = developer.Develop(frame);
  EXPECT_TRUE(developed.has_value()) << developed.error().Message();
  const auto spread = [](const Image<uint16_t>& image) {
    double sum = 0, squares = 0;
    image.for_each_value([&](uint16_t value) {
      sum += value;
      squares += 1.0 * value * value;
    });
    const double n = static_cast<double>(image.number_of_elements());
    return std::sqrt(squares / n - sum * sum / n / n) / (sum / n);
  };
  const bool less = spread(WideSamples(developed->image)) < 0.6 * spread(WideSamples(frame.image));
  EXPECT_EQ(developer.denoised_frames(), less ? 1 : 0);
  EXPECT_EQ(developed->is_denoised, less);
  return less;
}

bool IsSameImage(const MonoImage& a, const MonoImage& b) {
  const auto data = [](const MonoImage& image) {
    return std::visit([](const auto& pixels) { return static_cast<const void*>(pixels.data()); },
                      image);
  };
  return data(a) == data(b);
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

TEST(FrameDeveloper, CountsFramesWhoseGainIsFarFromEveryProfile) {
  Rig rig = DarkRig();
  rig.cameras[0].sensor.noise.push_back({2 * kGain, {{3.2e-3, 6.4e-5}}});
  FrameDeveloper developer(rig, On());
  Frame frame = DarkFrame();
  for (const auto& [gain, count] :
       {std::pair(kGain / 2, 0), {4 * kGain, 0}, {kGain / 2.1, 1}, {kGain, 1}, {4.1 * kGain, 2}}) {
    frame.gain = gain;
    ASSERT_TRUE(developer.Develop(frame).has_value());
    EXPECT_EQ(developer.frames_far_from_profile(), count) << gain;
  }
  rig.cameras[0].sensor.noise.clear();  // nothing to be far from
  FrameDeveloper estimating(rig, On());
  ASSERT_TRUE(estimating.Develop(frame).has_value());
  EXPECT_EQ(estimating.frames_far_from_profile(), 0);
}

TEST(FrameDeveloper, ReplacesThePixelsThatTheRigLists) {
  // Two beside each other: by themselves neither stands out of all its neighbours.
  Rig rig = DarkRig();
  Frame frame = DarkFrame();
  Image<uint16_t>& image = std::get<Image<uint16_t>>(frame.image);
  image(30, 20) = image(31, 20) = kWhite;
  const auto largest = [&] {
    const auto developed = FrameDeveloper(rig, {}).Develop(frame);
    uint16_t value = 0;
    std::get<Image<uint16_t>>(developed->image).for_each_value([&](uint16_t v) {
      value = std::max(value, v);
    });
    return FromLinear(value);
  };
  EXPECT_GT(largest(), 0.9);
  rig.cameras[0].sensor.defective_pixels = {{30, 20}, {31, 20}};
  EXPECT_LT(largest(), 0.2);
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

TEST(FrameDeveloper, DenoisesWhereItIsWantedAndNeeded) {
  EXPECT_TRUE(Denoises(DarkRig(), On(), DarkFrame()));
  EXPECT_FALSE(Denoises(DarkRig(), {}, DarkFrame()));
  Frame bright = DarkFrame();
  bright.gain = 1;  // 10000 electrons, as the profile goes on
  EXPECT_FALSE(Denoises(DarkRig(), On(), bright));
}

TEST(FrameDeveloper, EstimatesNoiseThatNobodyTold) {
  Frame large = DarkFrame();
  Image<uint16_t> image(256, 192);
  RandomStream random(4, 0);
  const WaveTexture texture(3, 40, 200);
  image.for_each_element([&](int x, int y) {
    const double light = 0.15 + 0.05 * texture(x, y);
    image(x, y) = static_cast<uint16_t>(
        std::lround(kBlack + (kWhite - kBlack) *
                                 (light + std::sqrt(1.6e-3 * light + 1.6e-5) * random.Normal())));
  });
  large.image = image;
  Rig unknown = DarkRig();
  unknown.cameras[0].sensor.noise.clear();
  DevelopmentOptions options = On();
  FrameDeveloper developer(unknown, options);
  const auto developed = developer.Develop(large);
  ASSERT_TRUE(developed.has_value()) << developed.error().Message();
  EXPECT_TRUE(developed->is_denoised);
  // Without denoising, what is found reaches the tracker.
  FrameDeveloper passing(unknown, {});
  const auto passed = passing.Develop(large);
  ASSERT_TRUE(passed.has_value());
  const double variance = passed->noise.scale * 0.15 * kPyramidWhite + passed->noise.offset;
  EXPECT_NEAR(std::sqrt(variance) / kPyramidWhite, std::sqrt(1.6e-3 * 0.15 + 1.6e-5), 0.003);
}

TEST(FrameDeveloper, LeavesAloneWhatItKnowsNothingOf) {
  Rig unknown = DarkRig();
  unknown.cameras[0].sensor.noise.clear();
  Frame black = DarkFrame();
  black.image = FilledImage<uint16_t>(64, 48, kBlack);
  const auto developed = FrameDeveloper(unknown, On()).Develop(black);
  ASSERT_TRUE(developed.has_value());
  EXPECT_TRUE(IsSameImage(developed->image, black.image));
  EXPECT_FALSE(developed->noise.is_known());
}

TEST(FrameDeveloper, LeavesBytesAloneUnlessTheyAreToBeDenoised) {
  Rig rig = DarkRig();
  rig.cameras[0].sensor.pixel_format = PixelFormat::kMono8;
  rig.cameras[0].sensor.black_level = 0;
  Image<uint8_t> bytes(64, 48);
  RandomStream random(9, 0);
  bytes.for_each_element([&](int x, int y) {
    bytes(x, y) = static_cast<uint8_t>(
        std::lround(255 * (0.2 + std::sqrt(1.6e-3 * 0.2 + 1.6e-5) * random.Normal())));
  });
  Frame frame = DarkFrame();
  frame.image = bytes;
  const auto passed = FrameDeveloper(rig, {}).Develop(frame);
  ASSERT_TRUE(passed.has_value());
  EXPECT_TRUE(IsSameImage(passed->image, frame.image));
  EXPECT_TRUE(passed->noise.is_known());
  EXPECT_TRUE(Denoises(rig, On(), frame));
}

TEST(FrameDeveloper, TakesHotPixelsOut) {
  Frame frame = DarkFrame();
  std::get<Image<uint16_t>>(frame.image)(30, 20) = 1000;
  for (const bool front : {true, false}) {
    DevelopmentOptions options;
    options.front = front;
    const auto developed = FrameDeveloper(DarkRig(), options).Develop(frame);
    ASSERT_TRUE(developed.has_value());
    const double value = std::get<Image<uint16_t>>(developed->image)(30, 20);
    const double x = front ? FromLinear(value) : (value - kBlack) / (kWhite - kBlack);
    EXPECT_NEAR(x, front ? 0.1 : 0.976, front ? 0.04 : 0.001);
    EXPECT_EQ(developed->is_linear, front);
  }
}

TEST(FrameDeveloper, DenoisesMosaicsToo) {
  Rig rig = DarkRig();
  rig.cameras[0].sensor.colour_filter = ColourFilter::kRggb;
  rig.cameras[0].sensor.noise[0].channels.assign(4, {1.6e-3, 1.6e-5});
  EXPECT_TRUE(Denoises(rig, On(), DarkFrame()));
  DevelopmentOptions over_time;
  over_time.temporal = true;
  EXPECT_FALSE(Denoises(rig, over_time, DarkFrame()));
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
