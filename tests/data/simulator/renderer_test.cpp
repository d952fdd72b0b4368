// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/renderer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "calibration/make_camera_model.h"
#include "core/random.h"
#include "core/so3.h"
#include "data/simulator/furnished_room.h"
#include "data/simulator/texture.h"

namespace nightjar {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

// Camera axes in the world where the camera looks along +x with +z up.
Eigen::Quaterniond LookingAlongX() {
  Eigen::Matrix3d R;
  R << 0, 0, 1, -1, 0, 0, 0, -1, 0;
  return Eigen::Quaterniond(R);
}

// A body that keeps its velocities, camera frame = body frame.
MotionSpline Moving(const Se3& start, const Vector3d& velocity, const Vector3d& turn_world) {
  constexpr double kInterval = 0.1;
  std::vector<Se3> poses;
  for (int i = -12; i < 20; ++i) {
    poses.push_back({so3::Exp(i * kInterval * turn_world) * start.rotation,
                     start.translation + i * kInterval * velocity});
  }
  return MotionSpline(-1, kInterval, std::move(poses));
}

// A wall across the x axis, `distance` ahead, of one albedo.
Scene Wall(double distance, float albedo, double half_size = 50) {
  Scene scene;
  scene.textures.emplace_back(2, std::vector<float>(4, albedo));
  Panel wall;
  wall.corner = {distance, half_size, half_size};
  wall.u_axis = -Vector3d::UnitZ();
  wall.v_axis = -Vector3d::UnitY();
  wall.width = wall.height = 2 * half_size;
  scene.panels = {wall};
  return scene;
}

std::shared_ptr<const CameraModel> Model(const std::string& name,
                                         const std::vector<double>& intrinsics,
                                         const std::vector<double>& distortion) {
  return MakeCameraModel(name, intrinsics, distortion).value();
}

TEST(Renderer, DepthOfAWallIsExactForEveryModelAndSize) {
  const Scene scene = Wall(2.5, 0.5F);
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
  Scene scene = Wall(3, 0.4F);
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

// A white half plane before a black wall: where the image changes is where the edge projects to.
struct Edge {
  Scene scene = Wall(5, 0.0F);
  explicit Edge(double distance) {
    scene.textures.emplace_back(2, std::vector<float>(4, 1.0F));
    Panel half = Wall(distance, 1.0F).panels[0];
    half.corner.y() = 0;  // seen to the right of y = 0
    half.texture = 1;
    scene.panels.push_back(half);
  }
};

// Without the vignetting of a pinhole of 400 px focal length whose centre is (63.5, cy).
double Flattened(const Image<float>& image, int x, int y, double cy) {
  const double tangent2 = (std::pow(x - 63.5, 2) + std::pow(y - cy, 2)) / (400.0 * 400.0);
  return static_cast<double>(image(x, y)) * std::pow(1 + tangent2, 2);
}

// Where a row turns from black to white, in px, from the light it has.
double Crossing(const Image<float>& image, int y) {
  const double cy = 0.5 * (image.height() - 1);
  double light = 0;
  for (int x = 0; x < image.width(); ++x) light += Flattened(image, x, y, cy);
  return image.width() - 0.5 - light / Flattened(image, image.width() - 1, y, cy);
}

TEST(Renderer, AnEdgeIsWhereItProjectsToAndBlursOverItsWay) {
  const Edge edge(2);
  const auto model = Model("radial-tangential", {400, 400, 63.5, 15.5}, {0, 0, 0, 0});
  const Renderer renderer(edge.scene, *model, 128, 32);
  for (const double y : {0.0, 0.013, -0.02}) {
    const MotionSpline still = Moving({LookingAlongX(), {0, y, 0}}, {0, 0, 0}, {0, 0, 0});
    const Image<float> image = renderer.Radiance(still, {}, {});
    EXPECT_NEAR(Crossing(image, 16), 63.5 + 400 * y / 2, 0.15);
  }
  // 1 m/s for 60 ms: the edge moves by 12 px.
  const MotionSpline moving = Moving({LookingAlongX(), Vector3d::Zero()}, {0, 1, 0}, {0, 0, 0});
  const Image<float> blurred = renderer.Radiance(moving, {}, {0, 0.06, 0});
  EXPECT_NEAR(Crossing(blurred, 16), 63.5, 0.1);
  for (int x = 54; x < 74; ++x) {
    const double ramp = std::clamp((x - 63.5) / 12 + 0.5, 0.0, 1.0);
    EXPECT_NEAR(Flattened(blurred, x, 16, 15.5), ramp, 0.1) << x;
  }
}

// A camera that looks along +x at 1 m/s up (1) or down (-1).
MotionSpline Upwards(double sign) {
  return Moving({LookingAlongX(), Vector3d::Zero()}, {0, 0, sign}, {0, 0, 0});
}

TEST(Renderer, BlurIsTheSameForAMotionAndItsOpposite) {
  Edge edge(2);
  edge.scene.panels[1].corner = {2, 50, 0};  // seen below z = 0
  const auto model = Model("radial-tangential", {400, 400, 15.5, 63.5}, {0, 0, 0, 0});
  const Renderer renderer(edge.scene, *model, 32, 128);
  for (const double exposure_s : {0.003, 0.015, 0.04}) {  // 0.6, 3 and 8 px
    const Image<float> up = renderer.Radiance(Upwards(1), {}, {0, exposure_s, 0});
    const Image<float> down = renderer.Radiance(Upwards(-1), {}, {0, exposure_s, 0});
    for (int y = 50; y < 78; ++y) EXPECT_NEAR(up(16, y), down(16, y), 0.01F) << y;
  }
}

// What is left of the contrast of vertical stripes on a wall, 7.5 texels of which are a pixel.
double StripeContrast(double cycles_per_px, const MotionSpline& T_world_body, double exposure_s) {
  constexpr int kSize = 256;
  Scene scene = Wall(2, 0.5F);
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

// By how much `image` differs from `truth`, and by how far it is shifted along x and y, px.
struct Difference {
  double rms, shift_x, shift_y;
};
Difference Compare(const Image<float>& image, const Image<float>& truth) {
  Eigen::Matrix2d H = Eigen::Matrix2d::Zero();
  Vector2d b = Vector2d::Zero();
  double square = 0, count = 0;
  for (int y = 1; y + 1 < truth.height(); ++y) {
    for (int x = 1; x + 1 < truth.width(); ++x, ++count) {
      const Vector2d gradient(0.5 * static_cast<double>(truth(x + 1, y) - truth(x - 1, y)),
                              0.5 * static_cast<double>(truth(x, y + 1) - truth(x, y - 1)));
      const auto difference = static_cast<double>(image(x, y) - truth(x, y));
      H += gradient * gradient.transpose();
      b -= gradient * difference;
      square += difference * difference;
    }
  }
  const Vector2d shift = H.inverse() * b;
  return {std::sqrt(square / count), shift.x(), shift.y()};
}

TEST(Renderer, AnExposureIsTheMeanOfItsInstants) {  // of a wall that is whole, and in pieces
  Scene scene = Wall(3, 0.5F);
  scene.textures = {DeadLeaves(512, 0.1F, 0.9F, 1, 0)};
  scene.panels[0].texels_per_m = 200;
  Scene parted = scene;  // the same wall in pieces of 20 px
  parted.panels.clear();
  for (int piece = 0; piece < 80; ++piece) {
    Panel strip = scene.panels[0];
    strip.corner.y() = 4 - 0.1 * piece;
    strip.height = 0.1;
    strip.texture_origin.y() = (scene.panels[0].corner.y() - strip.corner.y()) * strip.texels_per_m;
    parted.panels.push_back(strip);
  }
  const auto model = Model("radial-tangential", {600, 600, 79, 63}, {0, 0, 0, 0});
  const MotionSpline moving =
      Moving({LookingAlongX(), Vector3d::Zero()}, {0.2, 0.5, -0.3}, {0.1, -0.2, 0.3});
  for (const Scene* seen : {&scene, &parted}) {
    const Renderer renderer(*seen, *model, 160, 128);
    for (const double exposure_s : {0.003, 0.016, 0.04}) {  // 1, 5 and 13 px
      constexpr int kInstants = 64;
      Image<float> truth = FilledImage(160, 128, 0.0F);
      for (int i = 0; i < kInstants; ++i) {
        const Image<float> instant =
            renderer.Radiance(moving, {}, {((i + 0.5) / kInstants - 0.5) * exposure_s, 0, 0});
        for (size_t k = 0; k < truth.number_of_elements(); ++k)
          truth.data()[k] += instant.data()[k] / kInstants;
      }
      const Difference difference =
          Compare(renderer.Radiance(moving, {}, {0, exposure_s, 0}), truth);
      EXPECT_LT(difference.rms, 0.006) << exposure_s;
      EXPECT_NEAR(difference.shift_x, 0, 0.005) << exposure_s;
      EXPECT_NEAR(difference.shift_y, 0, 0.005) << exposure_s;
    }
  }
}

TEST(Renderer, ARollingShutterShearsWhatMoves) {
  const Edge edge(2);
  const auto model = Model("radial-tangential", {400, 400, 63.5, 31.5}, {0, 0, 0, 0});
  const Renderer renderer(edge.scene, *model, 128, 64);
  const MotionSpline moving = Moving({LookingAlongX(), Vector3d::Zero()}, {0, 1, 0}, {0, 0, 0});
  const Image<float> image = renderer.Radiance(moving, {}, {0, 0, 0.05});
  // 400 px / 2 m * 1 m/s: over 50 ms from the first row to the last one 10 px, the middle as is.
  EXPECT_NEAR(Crossing(image, 63) - Crossing(image, 0), 10, 0.2);
  EXPECT_NEAR(Crossing(image, 32), 63.5 + 0.5 * 10 / 63, 0.15);
  const Image<float> depth = renderer.Depth(moving, {}, {0, 0, 0.05});
  EXPECT_EQ(depth(63, 63), 5) << "here still the wall, in the first row the edge before it";
  EXPECT_EQ(depth(63, 0), 2);
}

TEST(Renderer, AnObjectThatMovesIsWhereItIsAtThatTime) {
  Edge edge(2);
  edge.scene.panels[1].object = 0;
  // To the left at 0.5 m/s.
  edge.scene.objects.push_back(Moving({}, {0, 0.5, 0}, {0, 0, 0}));
  const auto model = Model("radial-tangential", {400, 400, 63.5, 15.5}, {0, 0, 0, 0});
  const Renderer renderer(edge.scene, *model, 128, 32);
  const MotionSpline still = Moving({LookingAlongX(), Vector3d::Zero()}, {0, 0, 0}, {0, 0, 0});
  for (const double t : {-0.2, 0.0, 0.1})
    EXPECT_NEAR(Crossing(renderer.Radiance(still, {}, {t, 0, 0}), 16), 63.5 - 100 * t, 0.15);
}

TEST(Renderer, AnObjectThatMovesIsBlurredBeforeACameraThatStandsStill) {
  Edge edge(2);
  edge.scene.panels[1].object = 0;
  edge.scene.objects.push_back(Moving({}, {0, 1.5, 0}, {0, 0, 0}));
  const auto model = Model("radial-tangential", {400, 400, 63.5, 15.5}, {0, 0, 0, 0});
  const Renderer renderer(edge.scene, *model, 128, 32);
  const MotionSpline still = Moving({LookingAlongX(), Vector3d::Zero()}, {0, 0, 0}, {0, 0, 0});
  // 400 px / 2 m * 1.5 m/s * 16 ms = 4.8 px, of 8 steps.
  const Image<float> image = renderer.Radiance(still, {}, {0, 0.016, 0});
  int between = 0;
  for (int x = 0; x < 128; ++x) {
    const double value = Flattened(image, x, 16, 15.5);
    between += value > 0.1 && value < 0.9 ? 1 : 0;
  }
  EXPECT_GE(between, 3);
  EXPECT_LE(between, 6);
}

// What a pixel sees does not depend on how many others there are: at the right and lower edge tiles
// are cut off.
TEST(Renderer, CutTilesAreAsSharpAsWholeOnes) {
  Scene scene = Wall(3, 0.5F, 4);
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
double BruteDepth(const Scene& scene, const Se3& T_world_camera, const Vector3d& bearing) {
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
  const Scene scene = FurnishedRoom(options);
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
  Scene scene = Wall(2, 1.0F, 2);
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
