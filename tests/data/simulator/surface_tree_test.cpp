// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/surface_tree.h"

#include <gtest/gtest.h>

#include <cmath>

#include "core/random.h"
#include "data/simulator/furnished_room.h"

namespace nightjar {
namespace {

using Eigen::Vector3d;

// Every panel, in the world, one after the other.
std::optional<SurfaceHit> FirstOfAll(const SimulatedScene& scene, const std::vector<Se3>& objects,
                                     const Vector3d& from, const Vector3d& direction) {
  std::optional<SurfaceHit> first;
  for (size_t p = 0; p < scene.panels.size(); ++p) {
    const Panel& panel = scene.panels[p];
    const Se3 T = panel.object < 0 ? Se3() : objects[static_cast<size_t>(panel.object)];
    const Vector3d normal = T.rotation * panel.Normal();
    const Vector3d corner = T * panel.corner;
    const double rate = normal.dot(direction);
    if (panel.two_sided ? rate == 0 : rate >= 0) continue;
    const double distance = normal.dot(corner - from) / rate;
    if (distance <= 0 || (first && first->distance <= distance)) continue;
    const Vector3d place = from + distance * direction - corner;
    const double u = place.dot(T.rotation * panel.u_axis);
    const double v = place.dot(T.rotation * panel.v_axis);
    if (u < 0 || v < 0 || u > panel.width || v > panel.height) continue;
    first = SurfaceHit{static_cast<int>(p), distance};
  }
  return first;
}

Vector3d Direction(RandomStream& random) { return random.Normal3().normalized(); }

TEST(SurfaceTree, FindsWhatTryingEverythingFinds) {
  RoomOptions room;
  room.moving_objects = 5;
  room.painted = false;
  SimulatedScene scene = FurnishedRoom(room);
  scene.panels[7].two_sided = true;
  const SurfaceTree tree(scene);
  const std::vector<Se3> objects = ObjectPoses(scene, 0.4);
  RandomStream random(1, 1);
  int movers = 0, touching = 0;
  for (int i = 0; i < 20000; ++i) {
    const Vector3d from = Vector3d(0, 0, 1.4) + 0.5 * random.Normal3();
    // Also along the axes, where a ray runs in the faces of boxes.
    const Vector3d direction = i % 10 == 0 ? Vector3d(Vector3d::Unit(i % 3)) : Direction(random);
    const auto expected = FirstOfAll(scene, objects, from, direction);
    const auto hit = tree.FirstHit(from, direction, 100, objects);
    ASSERT_EQ(hit.has_value(), expected.has_value()) << i;
    if (!hit) continue;
    EXPECT_NEAR(hit->distance, expected->distance, 1e-9);
    touching += hit->panel != expected->panel;  // two in one plane: either will do
    movers += scene.panels[static_cast<size_t>(hit->panel)].object >= 0;
    const Vector3d place = from + hit->distance * direction;
    EXPECT_TRUE(tree.IsClear(from, place, hit->panel, objects));
    EXPECT_FALSE(tree.IsClear(from, place + 0.01 * direction, -1, objects));
    EXPECT_FALSE(tree.FirstHit(from, direction, hit->distance - 1e-6, objects));
  }
  EXPECT_GT(movers, 100);
  EXPECT_LT(touching, 200);
}

TEST(SurfaceTree, AnEmptySceneHidesNothing) {
  const SimulatedScene scene;
  const SurfaceTree tree(scene);
  EXPECT_FALSE(tree.FirstHit({0, 0, 0}, {1, 0, 0}, 100, {}));
  EXPECT_TRUE(tree.IsClear({0, 0, 0}, {1, 0, 0}, 0, {}));
}

}  // namespace
}  // namespace nightjar
