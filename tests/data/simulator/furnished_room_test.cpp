// SPDX-License-Identifier: Apache-2.0
#include "data/simulator/furnished_room.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "data/simulator/head_motion.h"

namespace nightjar {
namespace {

// How near any corner, edge or face of what moves comes to the rig, by points all over it.
double NearestMoving(const SimulatedScene& scene, const MotionSpline& rig, double begin_s,
                     double end_s) {
  constexpr int kSteps = 5;
  double nearest = HUGE_VAL;
  for (double t = begin_s; t < end_s; t += 0.03) {
    const Eigen::Vector3d eye = rig.Pose(t).translation;
    for (const Panel& panel : scene.panels) {
      if (panel.object < 0) continue;
      const Se3 T_world_object = scene.objects[static_cast<size_t>(panel.object)].Pose(t);
      for (int i = 0; i < kSteps * kSteps; ++i) {
        const double u = panel.width * (i % kSteps) / (kSteps - 1);
        const double v = panel.height * (i / kSteps) / (kSteps - 1);
        const Eigen::Vector3d point = panel.corner + u * panel.u_axis + v * panel.v_axis;
        nearest = std::min(nearest, (T_world_object * point - eye).norm());
      }
    }
  }
  return nearest;
}

TEST(FurnishedRoom, WhatMovesKeepsAwayFromTheRig) {
  double nearest = HUGE_VAL;
  for (const HeadMotion kind : {HeadMotion::kWalk, HeadMotion::kStand, HeadMotion::kFast}) {
    for (const uint64_t seed : {1, 2, 3}) {
      RoomOptions room;
      room.begin_s = 0;
      room.end_s = 6;
      const MotionSpline rig = MakeHeadMotion(kind, room.begin_s - 1, room.end_s + 1, seed);
      room.path.clear();
      for (double t = room.begin_s; t < room.end_s; t += RoomOptions::kPathInterval_s)
        room.path.push_back(rig.Pose(t).translation);
      room.moving_objects = 5;
      room.painted = false;
      room.seed = seed;
      const SimulatedScene scene = FurnishedRoom(room);
      ASSERT_EQ(scene.objects.size(), 5U);
      const double here = NearestMoving(scene, rig, room.begin_s, room.end_s);
      EXPECT_GT(here, 0.99) << NameOf(kind) << ' ' << seed;  // between places of the path
      nearest = std::min(nearest, here);
    }
  }
  EXPECT_LT(nearest, 2) << "they are there to be seen";
}

}  // namespace
}  // namespace nightjar
