// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include <cmath>
#include <limits>

#include "core/random.h"
#include "core/so3.h"
#include "spatial/geometry/point_scene.h"
#include "spatial/geometry/scene_builder.h"
#include "tests/isp/sigma_judge.h"
#include "tests/spatial/geometry/box_room.h"

namespace nightjar {
namespace {

using Eigen::Vector3d;

constexpr double kYaw = 0.21;

BoxRoom FurnishedRoom() {
  BoxRoom room;
  room.T_world_room = {so3::Exp({0, 0, kYaw}), {-2.2, -2.6, -1.51}};
  room.boxes.push_back({Vector3d(0.0, 0.4, 0), Vector3d(0.6, 1.5, 1.7)});     // a cupboard
  room.boxes.push_back({Vector3d(3.9, 2.6, 0.7), Vector3d(5.0, 3.4, 0.74)});  // a table's top
  return room;
}

Scene Build(const BoxRoom& room, const std::vector<Keyframe>& keyframes, double sigma,
            SceneCounts* counts = nullptr) {
  SceneBuilder builder(BoxRig(), keyframes, {});
  for (const Keyframe& keyframe : keyframes) builder.AddDepth(DepthOf(room, keyframe, sigma, 3));
  Scene scene = builder.Finish();
  if (counts != nullptr) *counts = builder.counts();
  return scene;
}

std::vector<Keyframe> AllAround(const BoxRoom& room, int count) {
  std::vector<Keyframe> keyframes = Turning(room, count);
  // Down, ahead, up.
  for (size_t i = 0; i < keyframes.size(); ++i) {
    Se3& pose = keyframes[i].state.T_world_body;
    const double pitch[] = {0.55, 0, -0.45, 0};
    pose.rotation = pose.rotation * so3::Exp({0, pitch[i % 4], 0});
  }
  return keyframes;
}

const Surface* Largest(const Scene& scene, SurfaceKind kind) {
  for (const Surface& surface : scene.surfaces)
    if (surface.kind == kind) return &surface;
  return nullptr;
}

TEST(SceneBuilderTest, FindsTheRoomWithTrueSigmas) {
  const BoxRoom room = FurnishedRoom();
  const Scene scene = Build(room, AllAround(room, 48), 0.004);
  const Surface* floor = Largest(scene, SurfaceKind::kFloor);
  ASSERT_NE(floor, nullptr);
  EXPECT_GT(floor->area_m2, 14);
  ASSERT_NE(Largest(scene, SurfaceKind::kCeiling), nullptr);
  const Surface* table = Largest(scene, SurfaceKind::kTable);
  ASSERT_NE(table, nullptr);
  EXPECT_NEAR(table->offset_m - floor->offset_m, 0.74, 0.02);
  EXPECT_NEAR(table->area_m2, 1.1 * 0.8, 0.2);

  ASSERT_TRUE(scene.aligned);
  EXPECT_NEAR(scene.aligned->yaw_rad, -kYaw, std::min(3 * scene.aligned->yaw_sigma_rad, 0.004));
  EXPECT_GT(scene.aligned->yaw_confidence, 0.95);
  EXPECT_NEAR(scene.aligned->floor_z_m, -1.51, std::min(3 * scene.aligned->floor_z_sigma_m, 0.01));

  ASSERT_TRUE(scene.room);
  const Vector3d low =
      so3::Exp({0, 0, -kYaw}) * room.T_world_room.translation + Vector3d(0, 0, 1.51);
  for (int axis = 0; axis < 3; ++axis) {
    EXPECT_NEAR(scene.room->min_aligned[axis], low[axis],
                std::min(3 * scene.room->min_sigma_m[axis], 0.02))
        << axis;
    EXPECT_NEAR(scene.room->max_aligned[axis], low[axis] + room.size[axis],
                std::min(3 * scene.room->max_sigma_m[axis], 0.02))
        << axis;
    EXPECT_NEAR(scene.room->max_aligned[axis] - scene.room->min_aligned[axis], room.size[axis],
                0.01 * room.size[axis]);
  }
  EXPECT_GT(scene.room->floor_area_m2, 14);
  EXPECT_LT(scene.room->floor_area_m2, 1.05 * 5.3 * 4.1);
}

TEST(SceneBuilderTest, ClearanceIsTrueWithinItsSigma) {
  const BoxRoom room = FurnishedRoom();
  const std::vector<Keyframe> keyframes = AllAround(room, 48);
  const Scene scene = Build(room, keyframes, 0.004);
  ASSERT_EQ(scene.views.size(), keyframes.size());
  int hits = 0, within = 0;
  for (size_t k = 0; k < keyframes.size(); ++k) {
    ASSERT_TRUE(scene.views[k].clearance);
    const Clearance& clearance = *scene.views[k].clearance;
    ASSERT_TRUE(clearance.height_m);
    EXPECT_NEAR(*clearance.height_m, 1.5, 0.02);
    const Se3& pose = keyframes[k].state.T_world_body;
    Vector3d ahead = pose.rotation * Vector3d::UnitX();
    ahead.z() = 0;
    ahead.normalize();
    double least = HUGE_VAL;
    for (size_t i = 0; i < 12; ++i) {
      const ClearanceRay& ray = clearance.rays[i];
      const Vector3d direction = so3::Exp({0, 0, -static_cast<double>(i) * M_PI / 6}) * ahead;
      double truth = HUGE_VAL;
      for (double z = pose.translation.z() - 0.25; z < pose.translation.z() + 0.25; z += 0.01)
        truth =
            std::min(truth, room.Cast({pose.translation.x(), pose.translation.y(), z}, direction));
      if (ray.state != ClearanceRay::State::kHit) {
        EXPECT_EQ(ray.sigma_m, 0);
        EXPECT_LT(ray.distance_m, truth + 0.1);
        continue;
      }
      ++hits;
      EXPECT_GT(ray.sigma_m, 0.0005);
      EXPECT_LT(ray.sigma_m, 0.1);
      within += std::abs(ray.distance_m - truth) <= 2 * ray.sigma_m ? 1 : 0;
      least = std::min(least, ray.distance_m);
    }
    ASSERT_TRUE(clearance.nearest);
    EXPECT_LE(clearance.nearest->distance_m, least + 1e-9);
    EXPECT_GT(clearance.nearest->bearing_deg, -180);
    EXPECT_LE(clearance.nearest->bearing_deg, 180);
  }
  EXPECT_GT(hits, 12 * 48 * 0.9);
  EXPECT_GT(within, 0.92 * hits);
}

TEST(SceneBuilderTest, ViewsSayWhatIsInThem) {
  const BoxRoom room = FurnishedRoom();
  const std::vector<Keyframe> keyframes = AllAround(room, 48);
  const Scene scene = Build(room, keyframes, 0.002);
  EXPECT_EQ(scene.views[0].new_share, 1);
  EXPECT_GT(scene.views[0].new_voxels, 1000);
  EXPECT_LT(scene.views[47].new_share, 0.2);
  const Surface* floor = Largest(scene, SurfaceKind::kFloor);
  ASSERT_NE(floor, nullptr);
  // Keyframe 0 looks down to +x: it sees the floor and the wall there, and not the one behind.
  EXPECT_THAT(scene.views[0].surfaces, testing::Contains(floor->id));
  for (const int id : scene.views[0].surfaces) {
    const Surface& surface = scene.surfaces[static_cast<size_t>(id)];
    EXPECT_LT(surface.normal_world.dot(so3::Exp({0, 0, kYaw}) * Vector3d::UnitX()), 0.9);
  }
  EXPECT_TRUE(std::is_sorted(scene.views[0].surfaces.begin(), scene.views[0].surfaces.end()));
}

TEST(SceneBuilderTest, NothingOneAndWhatBelongsToNoKeyframe) {
  const BoxRoom room = FurnishedRoom();
  EXPECT_TRUE(SceneBuilder(BoxRig(), {}, {}).Finish().views.empty());
  std::vector<Keyframe> keyframes = Turning(room, 4);
  Scene none = SceneBuilder(BoxRig(), keyframes, {}).Finish();
  EXPECT_TRUE(none.surfaces.empty());
  EXPECT_EQ(none.occupancy.voxel_m, 0);
  EXPECT_FALSE(none.aligned);

  const std::vector<Keyframe> one(1, keyframes[0]);
  const Scene scene = Build(room, one, 0.002);
  EXPECT_FALSE(scene.surfaces.empty());
  ASSERT_EQ(scene.views.size(), 1U);
  EXPECT_EQ(scene.views[0].clearance->rays[0].state, ClearanceRay::State::kHit);
  EXPECT_EQ(scene.views[0].clearance->rays[6].state, ClearanceRay::State::kUnknown);

  SceneBuilder builder(BoxRig(), one, {});
  builder.AddDepth(DepthOf(room, keyframes[1], 0.002, 1));
  EXPECT_EQ(builder.Finish().occupancy.voxel_m, 0);
}

TEST(SceneBuilderTest, DepthWithoutAnyNumberIsNoScene) {
  const BoxRoom room = FurnishedRoom();
  const std::vector<Keyframe> keyframes = Turning(room, 2);
  SceneBuilder builder(BoxRig(), keyframes, {});
  for (const Keyframe& keyframe : keyframes) {
    DepthMap map = DepthOf(room, keyframe, 0.002, 1);
    map.depth_m = FilledImage(160, 120, std::numeric_limits<float>::quiet_NaN());
    builder.AddDepth(map);
  }
  const Scene scene = builder.Finish();
  EXPECT_TRUE(scene.surfaces.empty());
  EXPECT_FALSE(scene.room);
}

TEST(SceneBuilderTest, IsThatOfTheMapWithMostKeyframes) {
  const BoxRoom room = FurnishedRoom();
  std::vector<Keyframe> keyframes = AllAround(room, 30);
  BoxRoom elsewhere = room;  // the world of the other map
  elsewhere.T_world_room.translation += Vector3d(20, 0, 0);
  for (size_t k = 0; k < 6; ++k) {
    keyframes[k].map = 1;
    keyframes[k].state.T_world_body.translation += Vector3d(20, 0, 0);
  }
  SceneBuilder builder(BoxRig(), keyframes, {});
  for (size_t k = 0; k < keyframes.size(); ++k)
    builder.AddDepth(DepthOf(k < 6 ? elsewhere : room, keyframes[k], 0.002, 1));
  const Scene scene = builder.Finish();
  EXPECT_EQ(scene.map, 0);
  EXPECT_EQ(builder.counts().other_maps, 6);
  EXPECT_EQ(builder.counts().maps, 24);
  EXPECT_LT(scene.occupancy.origin_world.x() + scene.occupancy.size[0] * 0.05, 8);
  EXPECT_FALSE(scene.views[2].clearance);
  EXPECT_TRUE(scene.views[7].clearance);
  EXPECT_EQ(LargestMap({}), 0);
}

TEST(SceneBuilderTest, IsTheSameTwice) {
  const BoxRoom room = FurnishedRoom();
  const std::vector<Keyframe> keyframes = AllAround(room, 12);
  const Scene a = Build(room, keyframes, 0.004), b = Build(room, keyframes, 0.004);
  ASSERT_EQ(a.surfaces.size(), b.surfaces.size());
  for (size_t i = 0; i < a.surfaces.size(); ++i) {
    EXPECT_EQ(a.surfaces[i].offset_m, b.surfaces[i].offset_m);
    EXPECT_EQ(a.surfaces[i].covariance, b.surfaces[i].covariance);
  }
  EXPECT_EQ(a.occupancy.states, b.occupancy.states);
}

TEST(GradientPixelsTest, AreTheStrongestOfEachSquare) {
  Image<uint8_t> picture = FilledImage<uint8_t>(33, 17, 50);
  EXPECT_TRUE(GradientPixels(picture, {}).empty());
  for (int y = 0; y < 17; ++y)
    for (int x = 12; x < 33; ++x) picture(x, y) = 90;
  const auto pixels = GradientPixels(picture, {});
  ASSERT_EQ(pixels.size(), 2U);  // the edge crosses two squares
  for (const GradientPixel& pixel : pixels) EXPECT_THAT(pixel.x, testing::AnyOf(11, 12));
  for (const auto& [width, height] : {std::pair(1, 1), {2, 9}, {3, 3}})
    EXPECT_TRUE(GradientPixels(FilledImage<uint8_t>(width, height, 9), {}).empty());
}

TEST(SemidenseTest, PointsHaveTheErrorsThatTheySay) {
  const BoxRoom room = FurnishedRoom();
  std::vector<Keyframe> keyframes;
  for (int i = 0; i < 12; ++i) {
    Keyframe keyframe;
    keyframe.state.time = FromNanoseconds(i * 100'000'000LL);
    keyframe.state.T_world_body = LookAt(room, {2.2 + 0.03 * i, 2, 1.3}, 0.02 * i);
    keyframes.push_back(keyframe);
  }
  SceneOptions options;
  options.semidense.correlation = 0;  // the errors of these maps are independent
  SceneBuilder builder(BoxRig(), keyframes, options);
  std::vector<GradientPixel> pixels;
  for (uint16_t y = 4; y < 120; y += 4)
    for (uint16_t x = 4; x < 160; x += 4) pixels.push_back({x, y});
  for (const Keyframe& keyframe : keyframes) {
    builder.AddPixels(keyframe.state.time, pixels);
    builder.AddDepth(DepthOf(room, keyframe, 0.005, 9));
  }
  const Scene scene = builder.Finish();
  ASSERT_GT(scene.semidense.size(), 300U);
  std::vector<JudgedError> errors;
  for (size_t i = 0; i < scene.semidense.size(); ++i) {
    const Landmark& point = scene.semidense[i];
    const Vector3d ray = point.position_world - builder.semidense_origins()[i];
    const double truth = room.Cast(builder.semidense_origins()[i], ray.normalized());
    errors.push_back({ray.norm() - truth, point.distance_sigma});
    EXPECT_NEAR(point.distance_sigma, point.inverse_distance_sigma * ray.squaredNorm(), 1e-9);
    EXPECT_GE(point.observations, 3);
    EXPECT_GE(point.track, kFirstSemidenseTrack);
  }
  const Consistency consistency = Judge(errors);
  EXPECT_LT(consistency.far, 0.03);
  for (const double ratio : consistency.ratio) {
    EXPECT_GT(ratio, 0.75);
    EXPECT_LT(ratio, 1.3);
  }
}

// Points on the floor and on two walls, nothing on the others.
std::vector<Landmark> PointsOf(const BoxRoom& room, int count) {
  RandomStream random(3, 9);
  std::vector<Landmark> points;
  for (int i = 0; i < count; ++i) {
    const double a = random.Uniform(), b = random.Uniform();
    Vector3d place(a * room.size.x(), b * room.size.y(), 0);
    if (i % 3 == 1) place = Vector3d(room.size.x(), a * room.size.y(), b * room.size.z());
    if (i % 3 == 2) place = Vector3d(a * room.size.x(), room.size.y(), b * room.size.z());
    Landmark point;
    point.track = static_cast<uint64_t>(i);
    point.distance_sigma = 0.01;
    point.position_world = room.T_world_room * (place + 0.01 * random.Normal3());
    points.push_back(point);
  }
  return points;
}

TEST(PointSceneTest, FindsWhatHasPointsAndNothingElse) {
  BoxRoom room;
  room.T_world_room = {so3::Exp({0, 0, kYaw}), {-2.2, -2.6, -1.51}};
  const std::vector<Keyframe> keyframes = AllAround(room, 40);
  const Scene scene = BuildSceneFromPoints(BoxRig(), keyframes, PointsOf(room, 9000));
  const Surface* floor = Largest(scene, SurfaceKind::kFloor);
  ASSERT_NE(floor, nullptr);
  EXPECT_NEAR(floor->offset_m, -1.51, 0.01);
  EXPECT_GT(floor->area_m2, 12);
  int walls = 0;
  for (const Surface& surface : scene.surfaces) walls += surface.kind == SurfaceKind::kWall ? 1 : 0;
  EXPECT_EQ(walls, 2);
  ASSERT_TRUE(scene.aligned);
  EXPECT_NEAR(scene.aligned->yaw_rad, -kYaw, 0.01);
  ASSERT_TRUE(scene.room);
  EXPECT_TRUE(std::isinf(scene.room->min_sigma_m.x()));  // nothing bounds it there
  EXPECT_TRUE(std::isfinite(scene.room->max_sigma_m.x()));
  // Free where it was, occupied at a wall, unknown behind it.
  const OccupancyGrid& grid = scene.occupancy;
  const auto at = [&](const Vector3d& in_room) {
    const Eigen::Vector3i cell = ((room.T_world_room * in_room - grid.origin_world) / grid.voxel_m)
                                     .array()
                                     .floor()
                                     .cast<int>();
    return grid.At(cell.x(), cell.y(), cell.z());
  };
  EXPECT_EQ(at({2.95, 2.05, 1.5}), OccupancyGrid::kFree);
  EXPECT_EQ(at({5.6, 2.05, 1.5}), OccupancyGrid::kUnknown);
  EXPECT_EQ(at({0.3, 0.3, 1.5}), OccupancyGrid::kUnknown);
}

TEST(PointSceneTest, NothingToGoBy) {
  const BoxRoom room;
  const std::vector<Keyframe> keyframes = AllAround(room, 4);
  EXPECT_TRUE(BuildSceneFromPoints(BoxRig(), {}, PointsOf(room, 10)).surfaces.empty());
  EXPECT_TRUE(BuildSceneFromPoints(BoxRig(), keyframes, {}).surfaces.empty());
  std::vector<Landmark> points = PointsOf(room, 100);
  for (Landmark& point : points) point.distance_sigma = std::numeric_limits<double>::infinity();
  EXPECT_EQ(BuildSceneFromPoints(BoxRig(), keyframes, points).occupancy.voxel_m, 0);
  points = PointsOf(room, 30);
  points[0].position_world.x() = std::numeric_limits<double>::quiet_NaN();
  points[1].position_world.x() = 1e12;
  const Scene scene = BuildSceneFromPoints(BoxRig(), keyframes, points);
  EXPECT_GT(scene.occupancy.voxel_m, 0);
}

}  // namespace
}  // namespace nightjar
