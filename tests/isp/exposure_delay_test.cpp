// SPDX-License-Identifier: Apache-2.0
// A second camera whose mid-exposure is not the reference camera's.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>

#include "core/so3.h"
#include "isp/feature_tracker.h"
#include "tests/isp/plane_scene.h"

namespace nightjar {
namespace {

using PoseOf = std::function<Se3(double t_s)>;

struct Walk {
  PoseOf pose;
  double distance_m = 1.5;                                          // of the plane
  double period_s = 0.05;                                           // from frame to frame
  double delay_s = 0.010;                                           // of the second camera
  int frames = 9;                                                   // the first one at -4 periods
  double scale = 1.0;                                               // of the texture
  std::function<bool(int frame)> lost = [](int) { return false; };  // of the reference camera
};

/// Of the second camera's observations at the frames' own time.
struct Errors {
  int count = 0;
  int first_frame = -1;          // with any of them
  double mean_x_px = 0;          // signed; x is along the baseline, so that it is of disparity
  double mean_squared_norm = 0;  // by their covariance
  double mean_sigma_px = 0;
};

Eigen::Vector3d AngularVelocity(const PoseOf& pose, double t_s) {
  constexpr double kStep = 1e-5;
  return so3::Log(
             (pose(t_s - kStep).rotation.conjugate() * pose(t_s + kStep).rotation).normalized()) /
         (2 * kStep);
}

Errors Follow(const Walk& walk) {
  const Rig rig = StereoRig();
  const PlaneScene scene(21, walk.distance_m, walk.scale);
  FeatureTracker tracker(rig);
  Errors errors;
  double before_s = -4 * walk.period_s;
  for (int i = 0; i < walk.frames; ++i) {
    if (walk.lost(i)) continue;
    const double t_s = (i - 4) * walk.period_s;
    const Se3 T_world_body = walk.pose(t_s);
    const TrackingPyramid left = scene.Look(rig.cameras[0], T_world_body, 150, 2 * i + 1);
    const TrackingPyramid right =
        scene.Look(rig.cameras[1], walk.pose(t_s + walk.delay_s), 150, 2 * i + 2);
    const TrackingPyramid* pyramids[2] = {&left, &right};
    const FrameObservations observed = tracker.Track(
        FromNanoseconds(1'000'000'000) + FromSeconds(t_s), pyramids,
        (walk.pose(before_s).rotation.conjugate() * T_world_body.rotation).normalized(),
        {{Duration(0), FromSeconds(walk.delay_s)}, AngularVelocity(walk.pose, t_s)});
    before_s = t_s;
    const FeatureObservation* reference = nullptr;
    for (const FeatureObservation& f : observed.features) {
      if (f.camera == 0) reference = &f;
      if (f.camera != 1) continue;
      const auto point = scene.Hit(rig.cameras[0], T_world_body, reference->pixel);
      const auto expected = PlaneScene::Project(rig.cameras[1], T_world_body, point.value());
      const Eigen::Vector2d error = f.pixel - expected.value();
      if (errors.first_frame < 0) errors.first_frame = i;
      ++errors.count;
      errors.mean_x_px += error.x();
      errors.mean_squared_norm += std::min(25.0, error.dot(f.covariance.inverse() * error));
      errors.mean_sigma_px += std::sqrt(0.5 * f.covariance.trace());
    }
  }
  errors.mean_x_px /= std::max(1, errors.count);
  errors.mean_squared_norm /= std::max(1, errors.count);
  errors.mean_sigma_px /= std::max(1, errors.count);
  return errors;
}

// At a wall: at 1.6 m/s from 1.5 m before it to 0.85 m.
Walk Forward(double speed, double delay_s) {
  Walk walk;
  walk.pose = [speed](double t_s) {
    Se3 T;
    T.translation.z() = (t_s + 0.2) * speed;
    return T;
  };
  walk.delay_s = delay_s;
  return walk;
}

// Seen 10 ms later a wall at 1 m is 16 mm nearer: 0.4 px of disparity, of all features alike, by
// which no covariance helps.
TEST(ExposureDelay, WalkingAtAWallLeavesNoBiasInTheDisparity) {
  const double bias_px = Follow(Forward(1.6, 0)).mean_x_px;  // of the tracker itself
  for (const double delay_s : {0.010, -0.010}) {
    const Errors errors = Follow(Forward(1.6, delay_s));
    EXPECT_GT(errors.count, 100);
    EXPECT_NEAR(errors.mean_x_px, bias_px, 0.03) << delay_s << " s";
    EXPECT_LT(errors.mean_squared_norm, 2 * 1.6) << delay_s << " s";
  }
}

// Begins to move and stops again at 5 m/s^2 as a head does, along the baseline and about the axes.
Se3 Shaken(double t_s) {
  Se3 T;
  T.translation = 0.5 * t_s * t_s * Eigen::Vector3d(5, 1, 0);
  T.rotation = so3::Exp(0.5 * t_s * t_s * Eigen::Vector3d(2, -4, 2));
  return T;
}

TEST(ExposureDelay, WhatMovingCannotKnowIsInTheCovariance) {
  Walk walk;
  walk.pose = Shaken;
  walk.distance_m = 0.8;
  for (const double delay_s : {0.010, -0.010}) {
    walk.delay_s = delay_s;
    const Errors errors = Follow(walk);
    EXPECT_GT(errors.count, 100);
    EXPECT_LT(errors.mean_squared_norm, 2 * 1.6) << delay_s << " s";
    EXPECT_GT(errors.mean_squared_norm, 2 * 0.2) << delay_s << " s";
  }
}

TEST(ExposureDelay, FarAwayItCostsLittleAndTogetherNothing) {
  Walk walk;
  walk.pose = [](double t_s) {
    Se3 T;
    T.translation.x() = 0.4 * t_s;
    return T;
  };
  walk.distance_m = 10;
  walk.scale = 5;
  walk.delay_s = 0;
  const Errors together = Follow(walk);
  EXPECT_EQ(together.first_frame, 0);
  walk.delay_s = 0.004;
  const Errors apart = Follow(walk);
  EXPECT_LT(apart.mean_sigma_px, 1.2 * together.mean_sigma_px);
  EXPECT_GT(apart.mean_sigma_px, together.mean_sigma_px);
}

// The image's motion is known from the second frame on, and that of the distance from the third.
TEST(ExposureDelay, WithoutKnownMotionNothingNearIsObserved) {
  Walk walk = Forward(0.5, 0.010);
  walk.distance_m = 1;
  walk.frames = 4;
  EXPECT_EQ(Follow(walk).first_frame, 2);
  walk.delay_s = 0.0004;
  EXPECT_EQ(Follow(walk).first_frame, 0) << "half a millisecond is no delay";
  walk.delay_s = 0.010;
  walk.distance_m = 10;
  walk.scale = 5;
  EXPECT_EQ(Follow(walk).first_frame, 1) << "no walk shows over 10 ms";
}

// How long ago the frame before may be depends on the delay: what 5 m/s^2 make of both is bounded.
TEST(ExposureDelay, SlowFramesHaveStereoWhereTheDelayIsShort) {
  Walk walk = Forward(0.3, 0.004);
  walk.period_s = 0.3;  // 3.3 Hz
  walk.frames = 5;
  EXPECT_GE(Follow(walk).first_frame, 1);
  walk.delay_s = 0.010;
  EXPECT_EQ(Follow(walk).count, 0);
  walk.period_s = 0.1;
  walk.delay_s = 0.007;
  walk.frames = 4;
  walk.lost = [](int frame) { return frame == 1; };
  EXPECT_EQ(Follow(walk).first_frame, 2) << "a lost frame at 10 Hz";
}

}  // namespace
}  // namespace nightjar
