// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/voxel_map.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "spatial/geometry/coherent_depth.h"
#include "spatial/geometry/mesh.h"
#include "tests/spatial/geometry/box_room.h"

namespace nightjar {
namespace {

using Eigen::Vector3d;
using Eigen::Vector3i;

BoxRoom TurnedRoom() {
  BoxRoom room;
  room.T_world_room = {Eigen::Quaterniond(Eigen::AngleAxisd(0.4, Vector3d::UnitZ())),
                       {-2.137, -2.581, -1.513}};
  return room;
}

Se3 CameraPose(const Keyframe& keyframe) {
  return keyframe.state.T_world_body * BoxRig().cameras.front().T_body_camera;
}

VoxelMap Integrated(const BoxRoom& room, const std::vector<Keyframe>& keyframes, double sigma,
                    const VoxelMapOptions& options = {}) {
  VoxelMap map(options);
  for (size_t k = 0; k < keyframes.size(); ++k)
    map.Integrate(DepthOf(room, keyframes[k], sigma, 1), CameraPose(keyframes[k]),
                  static_cast<int>(k));
  return map;
}

// Signed: positive inside.
double FromNearestFace(const BoxRoom& room, const Vector3d& world) {
  const Vector3d p = room.T_world_room.Inverse() * world;
  return std::min(p.minCoeff(), (room.size - p).minCoeff());
}

Vector3i VoxelAt(const Vector3d& place) {
  return (place / VoxelMapOptions().voxel_m).array().floor().cast<int>();
}

TEST(VoxelMapTest, HasWallsWhereTheyAreAndFreeSpaceBetween) {
  const BoxRoom room = TurnedRoom();
  const VoxelMap map = Integrated(room, Turning(room, 24), 0.001);
  const OccupancyGrid grid = map.Grid();
  int64_t occupied = 0, free = 0;
  for (int z = 0; z < grid.size[2]; ++z) {
    for (int y = 0; y < grid.size[1]; ++y) {
      for (int x = 0; x < grid.size[0]; ++x) {
        const Vector3d middle =
            grid.origin_world + grid.voxel_m * Vector3d(x + 0.5, y + 0.5, z + 0.5);
        const double inside = FromNearestFace(room, middle);
        const int8_t state = grid.At(x, y, z);
        if (state == OccupancyGrid::kOccupied) {
          ++occupied;
          ASSERT_LT(std::abs(inside), 1.8 * grid.voxel_m);
        } else if (state == OccupancyGrid::kFree) {
          ++free;
          ASSERT_GT(inside, -0.9 * grid.voxel_m);
        }
      }
    }
  }
  // Walls of 1.5 m or more of their height are seen all around: 2 (5.3 + 4.1) 1.5 m^2 at least.
  EXPECT_GT(occupied, 28.2 / (grid.voxel_m * grid.voxel_m));
  EXPECT_GT(free, 25 / std::pow(grid.voxel_m, 3));
  EXPECT_EQ(map.State(VoxelAt(room.T_world_room * Vector3d(4.1, 2.05, 1.5))), OccupancyGrid::kFree);
  EXPECT_EQ(map.State(VoxelAt(room.T_world_room * Vector3d(-0.5, 2.05, 1.5))),
            OccupancyGrid::kUnknown);
}

TEST(VoxelMapTest, SigmaOfASurfelIsItsError) {
  const BoxRoom room = TurnedRoom();
  VoxelMapOptions options;
  options.correlation = 0;  // the errors of these maps are independent
  const VoxelMap map = Integrated(room, Turning(room, 36), 0.004, options);
  const std::vector<Surfel> surfels = map.Surfels();
  double squares = 0, sum = 0;
  int64_t count = 0;
  for (const Surfel& surfel : surfels) {
    const Vector3d p = room.T_world_room.Inverse() * surfel.position_world;
    const Vector3d n = room.T_world_room.rotation.conjugate() * surfel.normal_world;
    // In the middle of a face, where no other is near.
    if (p.z() < 0.5 || p.z() > 2.1 || n.cwiseAbs().maxCoeff() < 0.9) continue;
    const double error = FromNearestFace(room, surfel.position_world) / surfel.sigma_m;
    if (std::abs(error) > 5) continue;
    squares += error * error;
    sum += error;
    ++count;
  }
  ASSERT_GT(count, 3000);
  EXPECT_GT(std::sqrt(squares / static_cast<double>(count)), 0.7);
  EXPECT_LT(std::sqrt(squares / static_cast<double>(count)), 1.25);
  EXPECT_LT(std::abs(sum / static_cast<double>(count)), 0.4);
}

TEST(VoxelMapTest, UnknownDepthSaysNothing) {
  const BoxRoom room = TurnedRoom();
  const std::vector<Keyframe> keyframes = Turning(room, 2);
  constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
  for (const auto& [depth, sigma] : std::vector<std::pair<float, float>>{{kUnknownDepth, 0.01F},
                                                                         {kNaN, 0.01F},
                                                                         {0, 0.01F},
                                                                         {-1, 0.01F},
                                                                         {2, kUnknownDepth},
                                                                         {2, kNaN},
                                                                         {2, 0},
                                                                         {2, -1},
                                                                         {2, 1.9F},
                                                                         {30, 0.01F}}) {
    VoxelMap map{VoxelMapOptions()};
    DepthMap nothing = UnknownDepthMap(keyframes[0].state.time, 0, BoxView());
    nothing.depth_m.for_each_element([&, d = depth, s = sigma](int x, int y) {
      nothing.depth_m(x, y) = d;
      nothing.sigma_m(x, y) = s;
    });
    const VoxelMap::Seen seen = map.Integrate(nothing, CameraPose(keyframes[0]), 0);
    EXPECT_EQ(seen.voxels, 0) << depth << " +- " << sigma;
    EXPECT_EQ(map.Grid().voxel_m, 0);
    EXPECT_TRUE(map.Surfels().empty());
  }
}

TEST(VoxelMapTest, IsFreeUpToThreeSigmaBeforeASurface) {
  const BoxRoom room;  // a wall 2.35 m ahead
  Keyframe keyframe;
  keyframe.state.T_world_body = LookAt(room, {2.95, 2.05, 1.3}, 0);
  DepthMap map = DepthOf(room, keyframe, 0, 1);
  map.sigma_m = FilledImage<float>(160, 120, 0.1F);
  VoxelMap voxels{VoxelMapOptions()};
  voxels.Integrate(map, CameraPose(keyframe), 0);
  EXPECT_EQ(voxels.State(VoxelAt({5.3 - 0.38, 2.07, 1.32})), OccupancyGrid::kFree);
  EXPECT_EQ(voxels.State(VoxelAt({5.3 - 0.22, 2.07, 1.32})), OccupancyGrid::kUnknown);
  EXPECT_EQ(voxels.State(VoxelAt({5.3 + 0.12, 2.07, 1.32})), OccupancyGrid::kUnknown);
}

TEST(VoxelMapTest, WhatMostMapsSeeThroughIsNotThere) {
  const BoxRoom room;
  VoxelMap voxels{VoxelMapOptions()};
  for (int k = 0; k < 7; ++k) {
    Keyframe keyframe;
    keyframe.state.time = FromNanoseconds(k);
    keyframe.state.T_world_body = LookAt(room, {1.5, 2.05 + 0.05 * k, 1.3}, 0);
    DepthMap map = DepthOf(room, keyframe, 0.001, 1);
    if (k == 1 || k == 2) {  // a patch of wrong depth
      for (int y = 40; y < 80; ++y)
        for (int x = 60; x < 100; ++x) map.depth_m(x, y) = 1.5F;
    }
    voxels.Integrate(map, CameraPose(keyframe), k);
    const Vector3i ghost = VoxelAt({3.02, 2.13, 1.3});
    if (k == 2) {
      EXPECT_NE(voxels.State(ghost), OccupancyGrid::kFree);
    } else if (k == 6) {
      EXPECT_EQ(voxels.State(ghost), OccupancyGrid::kFree);
    }
  }
}

TEST(VoxelMapTest, NoveltyIsWhatNoMapSawBefore) {
  const BoxRoom room;
  const std::vector<Keyframe> keyframes = Turning(room, 8);
  VoxelMap map{VoxelMapOptions()};
  const DepthMap first = DepthOf(room, keyframes[0], 0.001, 1);
  const auto all = map.Integrate(first, CameraPose(keyframes[0]), 0);
  EXPECT_GT(all.voxels, 10000);
  EXPECT_EQ(all.fresh, all.voxels);
  EXPECT_EQ(map.Integrate(first, CameraPose(keyframes[0]), 1).fresh, 0);
  const auto next =
      map.Integrate(DepthOf(room, keyframes[4], 0.001, 1), CameraPose(keyframes[4]), 2);
  EXPECT_GT(next.fresh, 0.8 * static_cast<double>(next.voxels));  // it looks the other way
}

TEST(VoxelMapTest, HoldsNoMoreBlocksThanItMay) {
  const BoxRoom room;
  VoxelMapOptions options;
  options.most_blocks = 1000;
  options.voxel_m = 0.02;
  const VoxelMap map = Integrated(room, Turning(room, 8), 0.001, options);
  EXPECT_EQ(map.blocks(), 1000);
  EXPECT_GT(map.blocks_refused(), 0);
}

TEST(VoxelMapTest, TakesViewsOfAnySize) {
  const BoxRoom room;
  const Keyframe keyframe = Turning(room, 1).front();
  for (const auto& [width, height] : {std::pair(1, 1), {3, 5}, {1, 40}, {161, 7}}) {
    const PinholeView view{width, height, 40, 0.5 * (width - 1), 0.5 * (height - 1)};
    VoxelMap map{VoxelMapOptions()};
    const auto seen =
        map.Integrate(DepthOf(room, keyframe, 0.001, 1, view), CameraPose(keyframe), 0);
    EXPECT_GT(seen.voxels, 0) << width << " x " << height;
    EXPECT_GT(map.Grid().states.size(), 0U);
  }
  VoxelMap map{VoxelMapOptions()};
  EXPECT_EQ(map.Integrate(DepthMap(), Se3(), 0).voxels, 0);
}

TEST(VoxelMapTest, OptionsHaveRanges) {
  EXPECT_TRUE(VoxelMapOptions().Validate());
  for (const auto& spoil : std::vector<void (*)(VoxelMapOptions&)>{
           [](VoxelMapOptions& o) { o.voxel_m = 0; }, [](VoxelMapOptions& o) { o.farthest_m = 51; },
           [](VoxelMapOptions& o) { o.most_relative_sigma = 0; },
           [](VoxelMapOptions& o) { o.truncation_voxels = 0; },
           [](VoxelMapOptions& o) { o.least_views = 0; },
           [](VoxelMapOptions& o) { o.correlation = 1.1; },
           [](VoxelMapOptions& o) { o.most_blocks = 10; }}) {
    VoxelMapOptions options;
    spoil(options);
    EXPECT_FALSE(options.Validate());
  }
}

TEST(CoherentDepthTest, KeepsSurfacesAndDropsSpeckles) {
  const BoxRoom room;
  const Keyframe keyframe = Turning(room, 1).front();
  const DepthMap whole = DepthOf(room, keyframe, 0.001, 1);
  EXPECT_GT(CoherentDepth(whole, {}).depth_m(80, 60), 0);
  DepthMap map = whole;
  map.depth_m = whole.depth_m.copy();
  map.sigma_m = whole.sigma_m.copy();
  // A patch of 8 x 8 at another depth, and a half in which two pixels of three are not known.
  for (int y = 20; y < 28; ++y)
    for (int x = 20; x < 28; ++x) map.depth_m(x, y) += 1;
  for (int y = 0; y < 120; ++y)
    for (int x = 80; x < 160; ++x)
      if ((x + y) % 3 != 0) map.depth_m(x, y) = kUnknownDepth;
  map.sigma_m(5, 5) = std::numeric_limits<float>::quiet_NaN();
  const DepthMap coherent = CoherentDepth(map, {});
  EXPECT_EQ(coherent.depth_m(24, 24), kUnknownDepth);
  EXPECT_EQ(coherent.sigma_m(24, 24), kUnknownDepth);
  EXPECT_EQ(coherent.depth_m(5, 5), kUnknownDepth);
  EXPECT_EQ(coherent.depth_m(120, 60), kUnknownDepth);
  EXPECT_EQ(coherent.depth_m(40, 60), map.depth_m(40, 60));
  EXPECT_EQ(coherent.sigma_m(40, 60), map.sigma_m(40, 60));
  EXPECT_EQ(CoherentDepth(DepthMap(), {}).view.width, 0);
}

TEST(MeshTest, LiesOnTheWallsAndFacesInwards) {
  const BoxRoom room = TurnedRoom();
  const VoxelMap map = Integrated(room, Turning(room, 24), 0.001);
  const Mesh mesh = ExtractMesh(map);
  ASSERT_GT(mesh.triangles.size(), 10000U);
  double area = 0, turned_away = 0;
  for (const auto& [a, b, c] : mesh.triangles) {
    const Vector3d p = mesh.vertices_world[static_cast<size_t>(a)].cast<double>();
    const Vector3d q = mesh.vertices_world[static_cast<size_t>(b)].cast<double>();
    const Vector3d r = mesh.vertices_world[static_cast<size_t>(c)].cast<double>();
    const Vector3d cross = (q - p).cross(r - p);
    area += 0.5 * cross.norm();
    ASSERT_LT(std::abs(FromNearestFace(room, p)), 0.05);
    const Vector3d middle = room.T_world_room * (0.5 * room.size);
    if (cross.dot(middle - p) < 0) turned_away += 0.5 * cross.norm();
  }
  EXPECT_GT(area, 28.2);
  EXPECT_LT(turned_away, 0.01 * area);  // in the corners
  EXPECT_LT(area, 2 * (5.3 * 4.1 + 5.3 * 2.6 + 4.1 * 2.6));
  const std::string ply = MeshPly(mesh);
  EXPECT_EQ(ply.size(), ply.find("end_header\n") + 11 + 12 * mesh.vertices_world.size() +
                            13 * mesh.triangles.size());
  EXPECT_TRUE(ExtractMesh(VoxelMap(VoxelMapOptions())).triangles.empty());
}

}  // namespace
}  // namespace nightjar
