// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/front_end.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/fusion/scenario.h"

namespace nightjar {
namespace {

constexpr int kSize = 160;

int Pattern(int x, int y) {
  const double u = x / 5.0;
  const double v = y / 6.0;
  return static_cast<int>(120 + 50 * std::sin(u) * std::cos(v) + 30 * std::sin(0.37 * u + v));
}

Rig OneCamera(const CameraSensor& sensor) {
  Rig rig = ScenarioRig(1);
  rig.cameras[0].width = kSize;
  rig.cameras[0].height = kSize;
  rig.cameras[0].sensor = sensor;
  return rig;
}

// What the front end sees in one frame.
std::vector<FeatureObservation> Features(const Rig& rig, const MonoImage& image) {
  DevelopmentOptions as_it_is;
  as_it_is.front = false;
  FrontEnd front_end(rig, as_it_is, {});
  std::vector<Measurement> measurements;
  EXPECT_TRUE(front_end.Add(Frame{FromNanoseconds(1000), 0, image}, measurements));
  EXPECT_TRUE(front_end.Finish(measurements));
  EXPECT_EQ(measurements.size(), 1u);
  return std::get<FrameObservations>(measurements.front()).features;
}

Image<uint8_t> Grey() {
  Image<uint8_t> image(kSize, kSize);
  image.for_each_element([&](int x, int y) { image(x, y) = static_cast<uint8_t>(Pattern(x, y)); });
  return image;
}

// The same picture as counts of a RAW sensor: black at 256, white at 256 + 16 * 255. Sixteen, so
// that what the smoothing of 16 bits rounds away is nothing.
Image<uint16_t> Raw() {
  Image<uint16_t> image(kSize, kSize);
  image.for_each_element(
      [&](int x, int y) { image(x, y) = static_cast<uint16_t>(256 + 16 * Pattern(x, y)); });
  return image;
}

// Without the levels of its sensor the RAW picture has a sixteenth of its contrast.
TEST(FrontEndTest, LevelsOfTheSensorAreThoseOfThePyramid) {
  const auto expected = Features(OneCamera({}), Grey());
  ASSERT_GT(expected.size(), 5u);
  CameraSensor sensor;
  sensor.pixel_format = PixelFormat::kRaw14;
  sensor.black_level = 256;
  sensor.white_level = 256 + 16 * 255;
  const auto features = Features(OneCamera(sensor), Raw());
  ASSERT_EQ(features.size(), expected.size());
  for (size_t i = 0; i < features.size(); ++i) EXPECT_EQ(features[i].pixel, expected[i].pixel);
  EXPECT_LT(Features(OneCamera({}), Raw()).size(), expected.size()) << "as if white were 65535";
}

TEST(FrontEndTest, WithoutAWhiteLevelWhiteIsTheLargestOfTheFormat) {
  Image<uint16_t> image(kSize, kSize);
  image.for_each_element(
      [&](int x, int y) { image(x, y) = static_cast<uint16_t>(4 * Pattern(x, y)); });
  CameraSensor raw10;
  raw10.pixel_format = PixelFormat::kRaw10;  // 0 .. 1023
  EXPECT_EQ(Features(OneCamera(raw10), image).size(), Features(OneCamera({}), Grey()).size());
  CameraSensor raw16;
  raw16.pixel_format = PixelFormat::kRaw16;
  EXPECT_TRUE(Features(OneCamera(raw16), image).empty());
}

// A log with tracks in place of images: what the cameras saw at one time is put together.
TEST(FrontEndTest, TracksOfALogAreMeasurementsAsTheyAre) {
  FrontEnd front_end(ScenarioRig(2), {}, {});
  const auto frame = [](int64_t time_ns, int camera, std::vector<uint64_t> tracks) {
    Frame seen{FromNanoseconds(time_ns), camera, {}};
    seen.features.emplace();
    for (const uint64_t track : tracks)
      seen.features->push_back({track, camera, {1, 2}, Eigen::Matrix2d::Identity()});
    return seen;
  };
  std::vector<Measurement> measurements;
  ASSERT_TRUE(front_end.Add(frame(1000, 0, {2, 5}), measurements));
  ASSERT_TRUE(front_end.Add(frame(1000, 1, {1, 2}), measurements));
  ASSERT_TRUE(front_end.Add(frame(50'000'000, 0, {}), measurements));
  ASSERT_TRUE(front_end.Finish(measurements));
  ASSERT_EQ(measurements.size(), 2u);
  const auto& first = std::get<FrameObservations>(measurements[0]);
  std::vector<std::pair<uint64_t, int>> seen;
  for (const FeatureObservation& f : first.features) seen.emplace_back(f.track, f.camera);
  const std::vector<std::pair<uint64_t, int>> expected = {{1, 1}, {2, 0}, {2, 1}, {5, 0}};
  EXPECT_EQ(seen, expected);
  EXPECT_EQ(ToNanoseconds(first.time), 1000);
  EXPECT_TRUE(std::get<FrameObservations>(measurements[1]).features.empty());
}

TEST(FrontEndTest, DepthAndSoundAreNoMeasurements) {
  FrontEnd front_end(OneCamera({}), {}, {});
  std::vector<Measurement> measurements;
  ASSERT_TRUE(front_end.Add(Frame{FromNanoseconds(1000), 0, Grey()}, measurements));
  ASSERT_TRUE(front_end.Finish(measurements));
  ASSERT_EQ(measurements.size(), 1u);
  Image<uint16_t> depth(kSize, kSize);
  depth.fill(1000);
  EXPECT_TRUE(front_end.Add(DepthFrame{FromNanoseconds(2000), 0, depth}, measurements));
  EXPECT_TRUE(front_end.Add(AudioBlock{FromNanoseconds(3000), 0, 0, {1, 2}}, measurements));
  EXPECT_EQ(measurements.size(), 1u);
}

}  // namespace
}  // namespace nightjar
