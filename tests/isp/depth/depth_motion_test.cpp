// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/depth_motion.h"

#include <gtest/gtest.h>

#include "isp/rotation_field.h"
#include "isp/undistortion.h"
#include "tests/isp/plane_scene.h"

namespace nightjar {
namespace {

const Rig kRig = StereoRig();
const PlaneScene kScene(3);
constexpr int kMargin = 4;  // tiles

/// Exact, of the first camera's undistorted view, at the world's origin.
DepthMap TrueDepth() {
  RigCamera camera = kRig.cameras[0];
  const PinholeView view = UndistortedView(*camera.model, camera.width, camera.height);
  camera.model = MakeCameraModel("pinhole", {view.focal, view.focal, view.cx, view.cy}).value();
  DepthMap depth = UnknownDepthMap({}, 0, view);
  depth.depth_m.for_each_element([&](int x, int y) {
    const auto point = kScene.Hit(camera, {}, {x, y});
    if (point) depth.depth_m(x, y) = static_cast<float>(point->z());
  });
  return depth;
}

Se3 SomeWay() {
  Se3 T_then_now;
  T_then_now.translation = {-0.05, 0.02, -0.08};
  T_then_now.rotation = Eigen::AngleAxisd(0.02, Eigen::Vector3d(0.2, 1, 0.4).normalized());
  return T_then_now;
}

MotionField FieldOf(const RigCamera& camera, const DepthMap& depth, const Se3& T_then_now) {
  const Se3 T_camera_body = camera.T_body_camera.Inverse();
  return DepthMotionField(camera, depth, T_camera_body * kRig.cameras[0].T_body_camera,
                          T_camera_body * T_then_now * camera.T_body_camera);
}

/// Of nodes all around which depth is known, px: the view is narrower than the distorted picture.
double LargestError(const RigCamera& camera, const MotionField& field, const Se3& T_then_now) {
  double largest = 0;
  for (int row = kMargin; row < field.rows() - kMargin; ++row) {
    for (int column = kMargin; column < field.columns() - kMargin; ++column) {
      const Eigen::Vector2d pixel = MotionField::Centre(column, row);
      const Eigen::Vector3d point = kScene.Hit(camera, {}, pixel).value();
      const Eigen::Vector2d then = PlaneScene::Project(camera, T_then_now.Inverse(), point).value();
      largest = std::max(largest, (field.Node(column, row) - (then - pixel)).norm());
    }
  }
  return largest;
}

TEST(DepthMotionField, IsThatOfASlantedPlaneInBothCameras) {
  const DepthMap depth = TrueDepth();
  const Se3 T_then_now = SomeWay();
  for (const RigCamera& camera : kRig.cameras) {
    SCOPED_TRACE(camera.name);
    EXPECT_LT(LargestError(camera, FieldOf(camera, depth, T_then_now), T_then_now), 0.15);
    // The turn alone is off by what the way does: 0.08 m of 2 m, 230 px.
    const MotionField turn = FieldOf(camera, UnknownDepthMap({}, 0, depth.view), T_then_now);
    EXPECT_GT(LargestError(camera, turn, T_then_now), 4);
  }
}

TEST(DepthMotionField, WhereNothingIsKnownItGoesOnFromAround) {
  DepthMap depth = TrueDepth();
  for (int y = 60; y < 140; ++y) {
    for (int x = 120; x < 220; ++x) depth.depth_m(x, y) = kUnknownDepth;
  }
  const Se3 T_then_now = SomeWay();
  EXPECT_LT(LargestError(kRig.cameras[0], FieldOf(kRig.cameras[0], depth, T_then_now), T_then_now),
            0.5);
}

TEST(DepthMotionField, WithoutDepthItIsTheTurn) {
  const RigCamera& camera = kRig.cameras[1];
  const DepthMap nothing = UnknownDepthMap({}, 0, TrueDepth().view);
  const MotionField field = DepthMotionField(camera, nothing, {}, SomeWay());
  const MotionField turn =
      RotationField(*camera.model, camera.width, camera.height, SomeWay().rotation);
  for (int row = 0; row < field.rows(); ++row) {
    for (int column = 0; column < field.columns(); ++column)
      EXPECT_EQ(field.Node(column, row), turn.Node(column, row));
  }
}

}  // namespace
}  // namespace nightjar
