// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "data/simulator/renderer.h"
#include "data/simulator/texture.h"
#include "tests/data/simulator/wall_scene.h"

namespace nightjar {
namespace {

using Eigen::Vector2d;
using Eigen::Vector3d;

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
  SimulatedScene scene = Wall(3, 0.5F);
  scene.textures = {DeadLeaves(512, 0.1F, 0.9F, 1, 0)};
  scene.panels[0].texels_per_m = 200;
  SimulatedScene parted = scene;  // the same wall in pieces of 20 px
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
  for (const SimulatedScene* seen : {&scene, &parted}) {
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

}  // namespace
}  // namespace nightjar
