// SPDX-License-Identifier: Apache-2.0
// What makes questions to long sessions quick gives the answers of the plain way.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "core/random.h"
#include "spatial/query/keyframe_sight.h"
#include "spatial/query/scene_space.h"
#include "tests/spatial/query/asked_session.h"

namespace nightjar {
namespace {

Scene RandomScene(double occupied, double unknown) {
  Scene scene;
  OccupancyGrid& grid = scene.occupancy;
  grid.origin_world = {-1.03, 2.01, 0.07};
  grid.voxel_m = 0.05;
  grid.size = {131, 67, 3};  // more than two words a row
  RandomStream random(5, 6, 7);
  for (int k = 0; k < 131 * 67 * 3; ++k) {
    const double u = random.Uniform();
    grid.states.push_back(u < occupied             ? OccupancyGrid::kOccupied
                          : u < occupied + unknown ? OccupancyGrid::kUnknown
                                                   : OccupancyGrid::kFree);
  }
  return scene;
}

// Of all cubes of the layer, also outside of the grid, whose nearest point is within the radius.
int8_t DiscByCubes(const OccupancyGrid& grid, const Eigen::Vector3d& centre, double radius_m) {
  const Eigen::Vector3d at = (centre - grid.origin_world) / grid.voxel_m;
  const double radius = radius_m / grid.voxel_m;
  bool unknown = false;
  for (int y = -30; y < grid.size[1] + 30; ++y) {
    for (int x = -30; x < grid.size[0] + 30; ++x) {
      const double dx = std::max({x - at.x(), at.x() - (x + 1), 0.0});
      const double dy = std::max({y - at.y(), at.y() - (y + 1), 0.0});
      if (dx * dx + dy * dy > radius * radius) continue;
      const int8_t state = grid.At(x, y, static_cast<int>(std::floor(at.z())));
      if (state == OccupancyGrid::kOccupied) return state;
      unknown |= state == OccupancyGrid::kUnknown;
    }
  }
  return unknown ? OccupancyGrid::kUnknown : OccupancyGrid::kFree;
}

TEST(SceneSpace, ADiscMeetsTheCubesThatItReaches) {
  RandomStream random(1, 2, 3);
  int states[3] = {0, 0, 0};
  for (const double share : {0.0, 0.0002, 0.002, 0.02}) {
    const Scene scene = RandomScene(share, share);
    const SceneSpace space(scene);
    for (int k = 0; k < 150; ++k) {
      const Eigen::Vector3d centre(-1.5 + 7.5 * random.Uniform(), 1.8 + 3.8 * random.Uniform(),
                                   0.02 + 0.25 * random.Uniform());
      const double radius_m = random.Uniform() * random.Uniform();
      const PathCheck check = space.CheckPath(std::array{centre}, radius_m);
      EXPECT_EQ(check.state, DiscByCubes(scene.occupancy, centre, radius_m))
          << centre.transpose() << " " << radius_m;
      ++states[check.state + 1];
    }
  }
  for (const int count : states) EXPECT_GT(count, 60);
}

TEST(SceneSpace, RowsKnowEveryCube) {
  const Scene scene = RandomScene(0.3, 0.3);
  const GridRows rows(scene.occupancy);
  int occupied = 0;
  rows.ForEachOccupied([&](int x, int y, int z) {
    EXPECT_EQ(scene.occupancy.At(x, y, z), OccupancyGrid::kOccupied);
    ++occupied;
  });
  EXPECT_EQ(occupied, std::count(scene.occupancy.states.begin(), scene.occupancy.states.end(),
                                 OccupancyGrid::kOccupied));
  for (int x = -1; x <= 131; ++x) {
    EXPECT_EQ(rows.AnyOccupied(x, x, 40, 2), scene.occupancy.At(x, 40, 2) == 1) << x;
    EXPECT_EQ(rows.AnyUnknown(x, x, 40, 2), scene.occupancy.At(x, 40, 2) == -1) << x;
  }
  EXPECT_TRUE(rows.AnyUnknown(0, 0, 40, 3));
  EXPECT_FALSE(rows.AnyOccupied(0, 130, -1, 0));
}

// The share of all places that these keyframes see.
double SeenShare(Session session, const std::vector<CoverStep>& steps, size_t count) {
  std::vector<Keyframe> chosen;
  for (size_t k = 0; k < std::min(count, steps.size()); ++k)
    chosen.push_back(session.keyframes[steps[k].keyframe]);
  std::sort(chosen.begin(), chosen.end(),
            [](const Keyframe& a, const Keyframe& b) { return a.state.time < b.state.time; });
  session.keyframes = chosen;
  const SceneSpace space(session.scene);
  return KeyframeSight(session, space).Cover({chosen.size(), 1 << 30, 1 << 20}).back().seen_share;
}

TEST(KeyframeSight, ABoundedCoverSeesNearlyWhatTheBestSees) {
  const Session session = AskedSession(6000);
  const SceneSpace space(session.scene);
  const KeyframeSight sight(session, space);
  const CoverBudget all{session.keyframes.size(), 1 << 30, 1 << 20};
  const auto best = sight.Cover(all), bounded = sight.Cover();
  for (const size_t count : {2, 4, 8}) {
    const double most = SeenShare(session, best, count);
    EXPECT_NEAR(most, best[count - 1].seen_share, 1e-9);
    EXPECT_GT(SeenShare(session, bounded, count), 0.9 * most) << count;
    // Of a sample of the places.
    EXPECT_NEAR(bounded[count - 1].seen_share, SeenShare(session, bounded, count), 0.05) << count;
  }
}

}  // namespace
}  // namespace nightjar
