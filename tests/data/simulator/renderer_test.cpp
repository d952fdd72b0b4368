// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/renderer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "core/random.h"
#include "data/simulator/furnished_room.h"
#include "data/simulator/texture.h"
#include "tests/data/simulator/wall_scene.h"

namespace nightjar {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

TEST(Renderer, DepthOfAWallIsExactForEveryModelAndSize) {
  const SimulatedScene scene = Wall(2.5, 0.5F);
  const MotionSpline still = Moving({LookingAlongX(), Vector3d::Zero()}, {0, 0, 0}, {0, 0, 0});
  const std::pair<int, int> sizes[] = {{64, 48}, {33, 17}, {16, 16}, {101, 35}};
  const auto models = {Model("radial-tangential", {60, 61, 30, 20}, {-0.2, 0.05, 0.001, -0.002}),
                       Model("equidistant", {40, 40, 31, 23}, {0.02, -0.006, 0.001, -0.0002}),
                       Model("double-sphere", {40, 40, 31, 23}, {0.15, 0.55})};
  for (const auto& model : models) {
    for (const auto& [width, height] : sizes) {
      const Renderer renderer(scene, *model, width, height);
      const Image<float> depth = renderer.Depth(still, {}, {});
      int seen = 0;
      for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
          const auto ray = model->Unproject(Vector2d(x, y));
          if (!ray || ray->z() < 0.1) continue;
          EXPECT_NEAR(depth(x, y), 2.5F, 1e-5F) << model->Name() << " " << x << " " << y;
          ++seen;
        }
      }
      EXPECT_GT(seen, width * height / 2);
    }
  }
}

TEST(Renderer, BrightnessIsAlbedoTimesLightTimesVignetting) {
  SimulatedScene scene = Wall(3, 0.4F);
  scene.panels[0].light.irradiance = {1.5F};
  scene.panels[0].tint = {0.5F, 1.0F, 0.25F};
  const auto model = Model("radial-tangential", {50, 50, 24, 16}, {0, 0, 0, 0});
  const Renderer renderer(scene, *model, 48, 32);
  const MotionSpline moving = Moving({LookingAlongX(), Vector3d::Zero()}, {0, 1, 0}, {0, 0, 0.5});
  const Image<float> grey = renderer.Radiance(moving, {}, {0, 0.01, 0});
  const Image<float> colour = renderer.Radiance(moving, {}, {0, 0.01, 0.004}, ColourFilter::kRggb);
  double mean = 0;
  for (int y = 0; y < 32; ++y) {
    for (int x = 0; x < 48; ++x) {
      mean += static_cast<double>(grey(x, y)) / (48 * 32);
      const double cosine =
          1 / std::sqrt(1 + std::pow((x - 24) / 50.0, 2) + std::pow((y - 16) / 50.0, 2));
      const auto expected = static_cast<float>(0.4 * 1.5 * std::pow(cosine, 4));
      EXPECT_NEAR(grey(x, y), expected, 1e-4F);
      const float tint = y % 2 == 0 ? (x % 2 == 0 ? 0.5F : 1.0F) : (x % 2 == 0 ? 1.0F : 0.25F);
      EXPECT_NEAR(colour(x, y), tint * expected, 1e-4F);
    }
  }
  EXPECT_NEAR(renderer.MeanRadiance(moving, {}, 0), mean, 0.01);
}

// What is left of the contrast of vertical stripes on a wall, 7.5 texels of which are a pixel.
double StripeContrast(double cycles_per_px, const MotionSpline& T_world_body, double exposure_s) {
  constexpr int kSize = 256;
  SimulatedScene scene = Wall(2, 0.5F);
  const double turn = 2 * M_PI * std::round(cycles_per_px * kSize / 7.5) / kSize;  // per texel
  std::vector<float> albedo;
  for (int i = 0; i < kSize * kSize; ++i)
    albedo.push_back(static_cast<float>(0.5 + 0.4 * std::sin(turn * (i / kSize))));
  scene.textures[0] = Texture(kSize, albedo);
  scene.panels[0].texels_per_m = 1500;
  const auto model = Model("radial-tangential", {400, 400, 63.5, 15.5}, {0, 0, 0, 0});
  const Image<float> image =
      Renderer(scene, *model, 128, 32).Radiance(T_world_body, {}, {0, exposure_s, 0});
  double sum = 0, square = 0;
  for (int x = 0; x < 128; ++x) {
    const double value = Flattened(image, x, 16, 15.5);
    sum += value / 128;
    square += value * value / 128;
  }
  return std::sqrt(2 * (square - sum * sum)) / 0.4;
}

TEST(Renderer, FineStripesHaveTheContrastOfAPixelAndAGoodLens) {
  const MotionSpline still = Moving({LookingAlongX(), Vector3d::Zero()}, {0, 0, 0}, {0, 0, 0});
  // A pixel alone: 0.71 at 0.44 cycles per pixel; 0.24 at 0.8 and 0.16 at 1.2, seen as others.
  EXPECT_GT(StripeContrast(0.44, still, 0), 0.45);
  EXPECT_LT(StripeContrast(0.44, still, 0), 0.71);
  EXPECT_LT(StripeContrast(0.8, still, 0), 0.3);
  EXPECT_LT(StripeContrast(1.2, still, 0), 0.25);
  // 3 px along the stripes change nothing: what is sampled tap by tap is as sharp.
  EXPECT_NEAR(StripeContrast(0.44, Upwards(1), 0.015), StripeContrast(0.44, still, 0), 0.08);
}

// What a pixel sees does not depend on how many others there are: at the right and lower edge tiles
// are cut off.
TEST(Renderer, CutTilesAreAsSharpAsWholeOnes) {
  SimulatedScene scene = Wall(3, 0.5F, 4);
  scene.textures = {DeadLeaves(512, 0.1F, 0.9F, 1, 0)};
  scene.panels[0].texels_per_m = 300;
  const MotionSpline still = Moving(
      {so3::Exp(Vector3d(0, 0, 0.5)) * LookingAlongX(), Vector3d::Zero()}, {0, 0, 0}, {0, 0, 0});
  const auto model = Model("radial-tangential", {60, 60, 21, 17}, {0, 0, 0, 0});
  const Image<float> whole = Renderer(scene, *model, 48, 40).Radiance(still, {}, {});
  for (const auto& [width, height] : {std::pair(42, 36), std::pair(41, 33), std::pair(45, 39)}) {
    const Image<float> cut = Renderer(scene, *model, width, height).Radiance(still, {}, {});
    double difference = 0;
    for (int y = 0; y < height; ++y) {
      for (int x = width / 8 * 8; x < width; ++x)
        difference = std::max(difference, std::abs(static_cast<double>(cut(x, y) - whole(x, y))));
    }
    EXPECT_LT(difference, 0.02) << width << " x " << height;
  }
}

// Distance along the z axis of what a ray meets first, by the plainest means.
double BruteDepth(const SimulatedScene& scene, const Se3& T_world_camera, const Vector3d& bearing) {
  double nearest = 0;
  const Vector3d direction = T_world_camera.rotation * bearing;
  for (const Panel& panel : scene.panels) {
    const double along = panel.Normal().dot(direction);
    if (along >= 0) continue;
    const double distance = panel.Normal().dot(panel.corner - T_world_camera.translation) / along;
    const Vector3d place = T_world_camera.translation + distance * direction - panel.corner;
    const double u = place.dot(panel.u_axis), v = place.dot(panel.v_axis);
    if (distance <= 0 || u < 0 || u > panel.width || v < 0 || v > panel.height) continue;
    if (nearest == 0 || distance < nearest) nearest = distance;
  }
  return nearest * bearing.z();
}

TEST(Renderer, MissesNothingOfAFurnishedRoom) {
  RoomOptions options;
  options.path = {{0, 0, 1.6}, {1, 0.5, 1.6}};
  const SimulatedScene scene = FurnishedRoom(options);
  const auto models = {Model("radial-tangential", {90, 90, 79, 59}, {-0.2, 0.05, 0, 0}),
                       Model("equidistant", {50, 50, 79, 59}, {0.02, -0.006, 0.001, -0.0002})};
  RandomStream random(1, 0);
  int compared = 0, different = 0;
  for (const auto& model : models) {
    const Renderer renderer(scene, *model, 160, 120);
    for (int view = 0; view < 12; ++view) {
      const Se3 pose = {so3::Exp(2 * random.Normal3()),
                        Vector3d(0.5, 0.2, 1.5) + 0.1 * random.Normal3()};
      const Image<float> depth = renderer.Depth(Moving(pose, {0, 0, 0}, {0, 0, 0}), {}, {});
      for (int y = 1; y < 120; y += 7) {
        for (int x = 2; x < 160; x += 7) {
          const auto ray = model->Unproject(Vector2d(x, y));
          if (!ray) continue;
          const double expected = BruteDepth(scene, pose, *ray);
          ++compared;
          different += std::abs(static_cast<double>(depth(x, y)) - expected) >
                       1e-4 * std::max(1.0, std::abs(expected));
        }
      }
    }
  }
  EXPECT_GT(compared, 5000);
  EXPECT_LE(different, compared / 500) << "rays through edges, where a rounding decides";
}

TEST(LightScene, LampsFallOffWithDistanceAngleAndShadow) {
  SimulatedScene scene = Wall(2, 1.0F, 2);
  scene.ambient_share = 0;
  scene.lamps = {{Vector3d(0, 0, 0), 0.01, 1}};
  LightScene(scene, 0);
  const LightMap open = scene.panels[0].light;
  ASSERT_EQ(open.columns, 40);
  const auto at = [](const LightMap& light, int row, int column) {
    return static_cast<double>(light.irradiance[static_cast<size_t>(row * light.columns + column)]);
  };
  // Straight ahead 1/d^2, at the side cos/d^2 = d0/d^3 of the ball's distance.
  const double straight = 2 / std::pow(4 + 2 * 0.05 * 0.05, 1.5);
  const double side = 2 / std::pow(4 + 0.05 * 0.05 + 1.95 * 1.95, 1.5);
  EXPECT_NEAR(at(open, 20, 20) / at(open, 20, 39), straight / side, 0.01 * straight / side);
  double mean = 0;
  for (const float e : open.irradiance) mean += static_cast<double>(e) / 1600;
  EXPECT_NEAR(mean, 1, 1e-4);
  // A small plate before the lamp: its shadow is four times as large on a wall twice as far.
  Panel plate = Wall(1, 1.0F, 0.25).panels[0];
  scene.panels.push_back(plate);
  LightScene(scene, 0);
  EXPECT_EQ(at(scene.panels[0].light, 20, 20), 0);
  EXPECT_EQ(at(scene.panels[0].light, 20, 24), 0) << "0.45 m from the middle";
  EXPECT_GT(at(scene.panels[0].light, 20, 26), 0) << "0.65 m";
}

}  // namespace
}  // namespace nightjar
