// SPDX-License-Identifier: Apache-2.0
#include "spatial/privacy.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>

#include "core/portable_math.h"
#include "core/so3.h"
#include "spatial/moved_map.h"
#include "spatial/query/ego_frame.h"
#include "spatial/session_writer.h"
#include "spatial/text_format.h"
#include "tests/spatial/furnished_session.h"
#include "tests/spatial/synthetic_session.h"
#include "tests/temporary_folder.h"

namespace nightjar {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

// Every byte of the folder that a session makes.
std::string Everything(const Session& session, const std::filesystem::path& folder) {
  EXPECT_TRUE(WriteSession(session, folder));
  std::string all;
  for (const auto& [name, bytes] : Files(folder)) all += name + '\n' + bytes + '\n';
  return all;
}

Json Parsed(const std::filesystem::path& folder, const char* name) {
  return Json::parse(Files(folder).at(name));
}

TEST(Privacy, NamesAreReadAndOthersAreWrongUsage) {
  for (const Privacy privacy :
       {Privacy::kFull, Privacy::kNoImages, Privacy::kPlanesOnly, Privacy::kRelativeOnly})
    EXPECT_EQ(*ParsePrivacy(PrivacyName(privacy)), privacy);
  EXPECT_EQ(ParsePrivacy("planes").error().kind, ErrorKind::kUsage);
}

TEST(Privacy, FullRemovesNothing) {
  const TemporaryFolder temporary;
  const Session session = FurnishedSession();
  EXPECT_EQ(Everything(session, temporary.path() / "a"),
            Everything(WithPrivacy(session, Privacy::kFull), temporary.path() / "b"));
  EXPECT_THAT(WithPrivacy(session, Privacy::kFull).privacy.removed, IsEmpty());
}

TEST(Privacy, NoImagesLeavesNoPictureAndNoDepthMap) {
  const TemporaryFolder temporary;
  const std::string all =
      Everything(WithPrivacy(FurnishedSession(), Privacy::kNoImages), temporary.path() / "s");
  EXPECT_THAT(all, Not(HasSubstr("images/cam0")));
  EXPECT_THAT(all, Not(HasSubstr("depth/cam0")));
  const Json privacy = Parsed(temporary.path() / "s", "session.json")["privacy"];
  EXPECT_EQ(privacy["profile"], "no-images");
  EXPECT_EQ(privacy["removed"], Json({"images", "depth"}));
  EXPECT_EQ(privacy["images"], false);
  EXPECT_EQ(privacy["points"], true);
}

TEST(Privacy, PlanesOnlyLeavesNeitherPointNorOccupancyNorOutline) {
  const TemporaryFolder temporary;
  const Session full = FurnishedSession(200, 20);
  const Session session = WithPrivacy(full, Privacy::kPlanesOnly);
  EXPECT_THAT(session.landmarks, IsEmpty());
  EXPECT_THAT(session.scene.semidense, IsEmpty());
  EXPECT_THAT(session.scene.occupancy.states, IsEmpty());
  ASSERT_THAT(session.scene.surfaces, SizeIs(kMostReleasedPlanes));
  for (size_t k = 0; k < session.scene.surfaces.size(); ++k) {
    const Surface& kept = session.scene.surfaces[k];
    ASSERT_THAT(kept.polygon_world, SizeIs(4));
    const auto& p = kept.polygon_world;
    EXPECT_NEAR((p[1] - p[0]).dot(p[2] - p[1]), 0, 1e-9) << "a rectangle";
    EXPECT_NEAR((p[1] - p[0]).cross(p[2] - p[0]).normalized().dot(kept.normal_world), 1, 1e-9);
    EXPECT_EQ(kept.area_m2, full.scene.surfaces[k].area_m2) << "what was seen";
    for (const Eigen::Vector3d& corner : p)
      EXPECT_NEAR(kept.normal_world.dot(corner), kept.offset_m, 1e-9) << "in the plane";
    // What it holds of the outline: all of it.
    for (const Eigen::Vector3d& corner : full.scene.surfaces[k].polygon_world) {
      for (size_t side = 0; side < 4; ++side) {
        const Eigen::Vector3d along = p[(side + 1) % 4] - p[side];
        EXPECT_GE(kept.normal_world.dot(along.cross(corner - p[side])), -1e-9);
      }
    }
  }
  for (const KeyframeView& view : session.scene.views) EXPECT_FALSE(view.clearance);
  const std::string all = Everything(session, temporary.path() / "s");
  EXPECT_THAT(all, Not(HasSubstr("images/cam0")));
  EXPECT_THAT(all, Not(HasSubstr("landmarks, fading"))) << "dots of points in a drawing";
  EXPECT_THAT(Files(temporary.path() / "s"), Not(Contains(testing::Key("occupancy.npy"))));
}

double RectangleArea(const Surface& surface) {
  const auto& p = surface.polygon_world;
  return (p[1] - p[0]).norm() * (p[2] - p[1]).norm();
}

// The room stands askew in the world: 7 m by 5 m, and a corner of each outline out by a twentieth.
TEST(Privacy, RectanglesLieAlongTheWalls) {
  Session full = FurnishedSession();
  MoveMap(full, 0, {so3::Exp({0, 0, 0.4}), {1, 2, 0}});
  const Session session = WithPrivacy(full, Privacy::kPlanesOnly);
  const Surface& floor = session.scene.surfaces[0];
  EXPECT_NEAR(RectangleArea(floor), 7.35 * 5, 1e-9);
  const Eigen::Vector3d side = floor.polygon_world[1] - floor.polygon_world[0];
  const double along = side.normalized().dot(session.scene.surfaces[1].normal_world);
  EXPECT_NEAR(std::min(std::abs(along), 1 - std::abs(along)), 0, 1e-9);
  EXPECT_NEAR(RectangleArea(session.scene.surfaces[5]), 1.68 * 0.8, 1e-9) << "the table";
}

TEST(Privacy, WithoutWallsARectangleIsTheSmallest) {
  Session full = FurnishedSession();
  full.scene.aligned.reset();
  Surface& table = full.scene.surfaces[5];
  // A corner inside the hull, and one twice.
  table.polygon_world.push_back(0.5 * (table.polygon_world[0] + table.polygon_world[2]));
  table.polygon_world.push_back(table.polygon_world[0]);
  const Session session = WithPrivacy(full, Privacy::kPlanesOnly);
  EXPECT_NEAR(RectangleArea(session.scene.surfaces[0]), 7.35 * 5, 1e-9);
  EXPECT_NEAR(RectangleArea(session.scene.surfaces[5]), 1.68 * 0.8, 1e-9);
}

TEST(Privacy, TwiceIsAsOnce) {
  const TemporaryFolder temporary;
  Session full = FurnishedSession();
  MoveMap(full, 0, {so3::Exp({0, 0, 2.5}), {10, -20, 3}});
  for (const Privacy privacy : {Privacy::kNoImages, Privacy::kPlanesOnly, Privacy::kRelativeOnly}) {
    const std::string name = PrivacyName(privacy);
    const Session once = WithPrivacy(full, privacy);
    const Session twice = WithPrivacy(once, privacy);
    for (size_t k = 0; k < once.scene.surfaces.size(); ++k) {
      EXPECT_EQ(once.scene.surfaces[k].polygon_world, twice.scene.surfaces[k].polygon_world)
          << name;
    }
    EXPECT_EQ(Everything(once, temporary.path() / ("once-" + name)),
              Everything(twice, temporary.path() / ("twice-" + name)))
        << name;
  }
}

// A session with what names a person: all of it must be gone.
Session Telling() {
  Session session = FurnishedSession();
  session.run.log = "/home/anna/walks/kitchen";
  session.run.truth = "/home/anna/walks/truth.csv";
  session.stages[0].warnings = {"1403636579 s: gap in /home/anna/walks/kitchen/imu0"};
  session.anomalies = {{"row skipped", "/home/anna/walks/imu0/data.csv:12", 1}};
  session.input_identity = "feedfacecafebeef";
  const Duration shift{1'403'636'579'000'000'000};
  for (TrajectoryRow& row : session.open_loop) row.state.time += shift;
  for (TrajectoryRow& row : session.closed_loop) row.state.time += shift;
  for (Keyframe& keyframe : session.keyframes) keyframe.state.time += shift;
  for (FrameHealth& health : session.health) health.time += shift;
  for (Surface& surface : session.scene.surfaces) {
    surface.first_seen += shift;
    surface.last_seen += shift;
  }
  for (KeyframeImage& image : session.images) image.time += shift;
  for (KeyframeDepth& depth : session.depth) depth.time += shift;
  return session;
}

TEST(Privacy, RelativeOnlyLeavesNoTimeNoPathNoIdentityAndNoLens) {
  const TemporaryFolder temporary;
  const std::vector<std::string> telling = {"14036365", "anna",     "kitchen", "feedface",
                                            "410.25",   "equidist", "320.125"};
  const std::string before = Everything(Telling(), temporary.path() / "full");
  for (const std::string& word : telling) EXPECT_THAT(before, HasSubstr(word)) << "or no test";
  const Session session = WithPrivacy(Telling(), Privacy::kRelativeOnly);
  const std::string all = Everything(session, temporary.path() / "s");
  for (const std::string& word : telling) EXPECT_THAT(all, Not(HasSubstr(word)));
  EXPECT_EQ(ToNanoseconds(session.open_loop.front().state.time), 0);
  EXPECT_EQ(session.health.back().time, session.open_loop.back().state.time);
  EXPECT_LT(session.keyframes.front().state.T_world_body.translation.norm(), 1e-12);
}

TEST(Privacy, RelativeOnlyLeavesNoBiasNoCountAndNoTimingOfTheHost) {
  const TemporaryFolder temporary;
  Session full = FurnishedSession();
  full.run.threads = 13;
  full.run.wall_s = 41.53125;
  full.run.log_s = 9.75;
  full.run.stage_wall = {{"tracking", 27.28125}};
  for (Keyframe& keyframe : full.keyframes) {
    keyframe.state.gyro_bias = {0.00123457, -0.00234, 0.00345};
    keyframe.state.accelerometer_bias = {0.0456789, 0.0567, -0.0678};
    keyframe.covariance = 1e-6 * Matrix15d::Identity() + 1e-8 * Matrix15d::Ones();
  }
  const std::vector<std::string> telling = {"0.00123457", "0.0456789", "41.53125", "27.28125",
                                            "cam0_frames"};
  const std::string before = Everything(full, temporary.path() / "full");
  const Session session = WithPrivacy(full, Privacy::kRelativeOnly);
  const std::string after = Everything(session, temporary.path() / "s");
  for (const std::string& word : telling) {
    EXPECT_NE(before.find(word), std::string::npos) << word << ", or no test";
    EXPECT_EQ(after.find(word), std::string::npos) << word;
  }
  EXPECT_EQ(session.run.threads, 0);
  EXPECT_EQ(session.run.log_s, 9.75);
  for (const TrajectoryRow& row : session.open_loop) EXPECT_TRUE(row.state.gyro_bias.isZero(0));
  for (const Keyframe& keyframe : session.keyframes) {
    EXPECT_TRUE(keyframe.covariance.bottomRows(6).isZero(0));
    EXPECT_TRUE(keyframe.covariance.rightCols(6).isZero(0));
    EXPECT_GT(keyframe.covariance(8, 8), 0) << "of the velocity, which stays";
  }
  EXPECT_THAT(session.privacy.removed, Contains("biases of the IMU"));
}

TEST(Privacy, RelativeOnlyHidesWhereTheWorldsOriginAndYawWere) {
  const Session one = FurnishedSession();
  Session other = one;
  MoveMap(other, 0, {so3::Exp({0, 0, 2.5}), {10, -20, 3}});
  const Se3 away{so3::Exp({0, 0, -1.1}), {4, 5, 6}};
  for (TrajectoryRow& row : other.open_loop) {
    row.state.T_world_body = away * row.state.T_world_body;
    row.state.velocity_world = away.rotation * row.state.velocity_world;
  }
  const Session a = WithPrivacy(one, Privacy::kRelativeOnly);
  const Session b = WithPrivacy(other, Privacy::kRelativeOnly);
  for (size_t k = 0; k < a.closed_loop.size(); k += 20) {
    for (const auto& [p, q] : {std::pair(&a.closed_loop[k], &b.closed_loop[k]),
                               std::pair(&a.open_loop[k], &b.open_loop[k])}) {
      EXPECT_LT((p->state.T_world_body.translation - q->state.T_world_body.translation).norm(),
                1e-9);
      EXPECT_LT(p->state.T_world_body.rotation.angularDistance(q->state.T_world_body.rotation),
                1e-7);
      EXPECT_LT((p->state.velocity_world - q->state.velocity_world).norm(), 1e-9);
    }
  }
  // Gravity stays: only yaw was turned.
  EXPECT_NEAR(
      (a.closed_loop[40].state.T_world_body.rotation.conjugate() * Eigen::Vector3d::UnitZ() -
       one.closed_loop[40].state.T_world_body.rotation.conjugate() * Eigen::Vector3d::UnitZ())
          .norm(),
      0, 1e-12);
}

TEST(Privacy, SessionsThatDifferHaveDifferentIdsAfterwards) {
  const Session a = WithPrivacy(FurnishedSession(200), Privacy::kRelativeOnly);
  const Session b = WithPrivacy(FurnishedSession(150), Privacy::kRelativeOnly);
  EXPECT_NE(DeriveIds(a).graph_uid, DeriveIds(b).graph_uid);
  EXPECT_NE(DeriveIds(a).graph_uid, DeriveIds(FurnishedSession(200)).graph_uid);
}

TEST(Privacy, WhatWasRemovedDoesNotComeBack) {
  const Session strict = WithPrivacy(FurnishedSession(), Privacy::kRelativeOnly);
  const Session again = WithPrivacy(strict, Privacy::kNoImages);
  EXPECT_EQ(again.privacy.profile, "relative-only");
  EXPECT_EQ(again.privacy.removed, strict.privacy.removed);
  EXPECT_EQ(again.input_identity, strict.input_identity);
}

// The distance of everything to everything stays, and so do the walls in their own frame.
TEST(MoveMap, MovesEverythingTogether) {
  const Session session = FurnishedSession();
  for (const double yaw : {0.3, 1.2, 2.9, -2.2}) {
    const Se3 T{so3::Exp({0, 0, yaw}), {3, -4, 1.5}};
    Session moved = session;
    MoveMap(moved, 0, T);
    const Scene& before = session.scene;
    const Scene& after = moved.scene;
    const Eigen::Vector3d p = session.keyframes[7].state.T_world_body.translation;
    const Eigen::Vector3d q = moved.keyframes[7].state.T_world_body.translation;
    EXPECT_LT((q - T * p).norm(), 1e-12);
    for (size_t k = 0; k < before.surfaces.size(); ++k) {
      EXPECT_NEAR(before.surfaces[k].normal_world.dot(p) - before.surfaces[k].offset_m,
                  after.surfaces[k].normal_world.dot(q) - after.surfaces[k].offset_m, 1e-9);
    }
    ASSERT_GE(after.aligned->yaw_rad, -M_PI / 4);
    ASSERT_LT(after.aligned->yaw_rad, M_PI / 4);
    // How far the body is from each side of the room; a quarter turn permutes the sides.
    const auto sides = [](const Scene& scene, const Eigen::Vector3d& place) {
      const Eigen::Vector3d a = AlignedFromWorld(*scene.aligned) * place;
      std::vector<double> distances;
      for (int axis = 0; axis < 2; ++axis) {
        distances.push_back(scene.room->max_aligned[axis] - a[axis]);
        distances.push_back(a[axis] - scene.room->min_aligned[axis]);
      }
      std::sort(distances.begin(), distances.end());
      distances.push_back(a.z() - scene.room->min_aligned.z());
      return distances;
    };
    EXPECT_THAT(sides(after, q), testing::Pointwise(testing::DoubleNear(1e-9), sides(before, p)));
  }
}

TEST(MoveMap, CovariancesTurnWithIt) {
  Session session = FurnishedSession();
  session.pairs = {{2, 5, 1e-4 * Matrix6d::Random()}};
  const Se3 T{so3::Exp({0, 0, 0.7}), {3, -4, 1.5}};
  Session moved = session;
  MoveMap(moved, 0, T);
  // The variance along a direction of the body's motion is the same before and after.
  const Keyframe& before = session.keyframes[9];
  const Keyframe& after = moved.keyframes[9];
  const Eigen::Vector3d v = before.state.velocity_world.normalized();
  const Eigen::Vector3d w = after.state.velocity_world.normalized();
  EXPECT_NEAR(v.dot(before.covariance.block<3, 3>(0, 0) * v),
              w.dot(after.covariance.block<3, 3>(0, 0) * w), 1e-15);
  // So is what two keyframes' errors have in common.
  const Matrix6d& cross = session.pairs[0].cross_covariance;
  const Matrix6d& cross_after = moved.pairs[0].cross_covariance;
  const Eigen::Vector3d u(1, 2, 3), e(-2, 1, 0.5);
  EXPECT_NEAR(u.dot(cross.block<3, 3>(0, 3) * e),
              (T.rotation * u).dot(cross_after.block<3, 3>(0, 3) * (T.rotation * e)), 1e-12);
  // The variance of a point's distance to a plane does not depend on the world.
  const Surface& plane = session.scene.surfaces[2];
  const Surface& turned = moved.scene.surfaces[2];
  const Eigen::Vector4d a(1, 2, 0.5, -1);
  const Eigen::Vector3d p = T * Eigen::Vector3d(1, 2, 0.5);
  const Eigen::Vector4d b(p.x(), p.y(), p.z(), -1);
  EXPECT_NEAR(a.dot(plane.covariance * a), b.dot(turned.covariance * b), 1e-12);
}

TEST(MoveMap, TheAlignedFrameBecomesTheWorld) {
  Session session = FurnishedSession();
  MoveMap(session, 0, AlignedFromWorld(*session.scene.aligned));
  EXPECT_NEAR(session.scene.aligned->yaw_rad, 0, 1e-12);
  EXPECT_NEAR(session.scene.aligned->floor_z_m, 0, 1e-12);
  EXPECT_NEAR(session.scene.room->max_aligned.x(), 3.5, 1e-12);
  EXPECT_NEAR(session.scene.surfaces[0].offset_m, 0, 1e-12) << "the floor";
  EXPECT_NEAR(std::abs(session.scene.surfaces[1].normal_world.y()), 1, 1e-12) << "a wall";
}

// libm's sines differ in the last bit from machine to machine; those of core/portable_math.h do
// not.
TEST(MoveMap, AnglesHaveTheSameBitsOnEveryMachine) {
  Rig rig = FurnishedSession(20).rig;
  rig.cameras.clear();
  for (int k = 1; k < 1000; ++k) {
    const double yaw = 7e-4 * k;
    const Eigen::Quaterniond turn = so3::Exp({0, 0, yaw});
    AlignedFrame frame;
    frame.yaw_rad = yaw;
    ASSERT_EQ(AlignedFromWorld(frame).rotation.coeffs(), turn.coeffs()) << yaw;
    const Eigen::Matrix3d R = turn.toRotationMatrix();
    const double angle = portable::Atan2(R(1, 0), R(0, 0));
    ASSERT_EQ(Heading(rig, {turn, {0, 0, 0}}), angle) << yaw;
    Session session;
    session.scene.aligned = AlignedFrame{};
    MoveMap(session, 0, {turn, {0, 0, 0}});
    ASSERT_EQ(session.scene.aligned->yaw_rad, -angle) << yaw;
    // Of a pose with that yaw, nothing is left but what the turn back rounds.
    session.keyframes.resize(1);
    session.keyframes[0].state.T_world_body.rotation = turn;
    const double start = portable::Atan2(R(1, 0) - R(0, 1), R(0, 0) + R(1, 1));
    const Session moved = WithPrivacy(session, Privacy::kRelativeOnly);
    ASSERT_EQ(moved.keyframes[0].state.T_world_body.rotation.coeffs(),
              (Se3{so3::Exp({0, 0, -start}), {0, 0, 0}} * Se3{turn, {0, 0, 0}}).rotation.coeffs());
  }
}

TEST(MoveMap, LeavesOtherMapsWhereTheyAre) {
  Session session = FurnishedSession();
  SplitIntoTwoMaps(session, 100);
  Session moved = session;
  MoveMap(moved, 1, {so3::Exp({0, 0, 0.7}), {3, -4, 1.5}});
  EXPECT_EQ(moved.closed_loop[20].state.T_world_body.translation,
            session.closed_loop[20].state.T_world_body.translation);
  EXPECT_NE(moved.closed_loop[150].state.T_world_body.translation,
            session.closed_loop[150].state.T_world_body.translation);
  EXPECT_EQ(moved.scene.surfaces[0].offset_m, session.scene.surfaces[0].offset_m);
}

}  // namespace
}  // namespace nightjar
