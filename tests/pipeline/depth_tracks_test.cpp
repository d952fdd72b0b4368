// SPDX-License-Identifier: Apache-2.0
#include "apps/pipeline/depth_tracks.h"

#include <gtest/gtest.h>

#include <cmath>

#include "apps/pipeline/depth_join.h"
#include "calibration/make_camera_model.h"

namespace nightjar {
namespace {

RigCamera Camera(const Eigen::Vector3d& place) {
  RigCamera camera;
  camera.name = "cam";
  camera.width = 160;
  camera.height = 120;
  camera.model = MakeCameraModel("radial-tangential", {120, 120, 80, 60, -0.2, 0.05, 0, 0}).value();
  camera.T_body_camera.translation = place;
  camera.T_body_camera.rotation = Eigen::AngleAxisd(0.3, Eigen::Vector3d::UnitY());
  return camera;
}

SensorTime At(int ms) { return SensorTime(std::chrono::milliseconds(1000 + ms)); }

DepthFrame Flat(SensorTime time, uint16_t mm) {
  return {time, 0, FilledImage<uint16_t>(160, 120, mm)};
}

FrameObservations Frame(SensorTime time) {
  FrameObservations frame;
  frame.time = time;
  for (uint64_t track = 1; track <= 3; ++track) {
    FeatureObservation feature;
    feature.track = track;
    feature.camera = track == 3 ? 1 : 0;
    feature.pixel = {30.0 + 30 * static_cast<double>(track), 50};
    feature.covariance *= 0.25;
    frame.features.push_back(feature);
  }
  return frame;
}

TEST(DepthTracks, SeeAFeatureWhereItIsAndNoBetter) {
  const RigCamera camera = Camera({0.1, 0, 0});
  DepthTracks tracks(camera, camera, {}, 0, 2);
  FrameObservations frame = Frame(At(0));
  tracks.Observe(Flat(At(0), 2000), frame);
  ASSERT_EQ(frame.features.size(), 5U);  // the third is another camera's
  EXPECT_EQ(tracks.observations(), 2);
  const FeatureObservation& seen = frame.features[1];
  EXPECT_EQ(seen.track, 1U);
  EXPECT_EQ(seen.camera, 2);
  EXPECT_EQ(frame.features[0].camera, 0);  // in the order of track and camera
  EXPECT_EQ(frame.features[2].track, 2U);
  // The point, and where the estimator's camera has it.
  const Eigen::Vector3d bearing = camera.model->Unproject(frame.features[0].pixel).value();
  const auto pixel = [&](double z) {
    const Eigen::Vector3d point_camera = bearing * (z / bearing.z());
    return tracks.view()
        .model
        ->Project(tracks.view().T_body_camera.Inverse() * (camera.T_body_camera * point_camera))
        .value();
  };
  EXPECT_NEAR((seen.pixel - pixel(2)).norm(), 0, 1e-9);
  // One sigma of the sensor is one of the observation, but for the pixel's own quarter.
  const double sigma_px =
      std::abs(pixel(2 + 1e-4 * DepthNoise().Sigma(2, 1)).x() - pixel(2).x()) / 1e-4;
  EXPECT_NEAR(seen.covariance(0, 0), sigma_px * sigma_px + 0.25, 0.02 * sigma_px * sigma_px);
  EXPECT_GT(std::sqrt(seen.covariance(1, 1)), 500);  // the row is not measured
}

TEST(DepthTracks, OfASensorBesideTheCamera) {
  const RigCamera camera = Camera({0, 0, 0});
  RigCamera sensor = camera;
  sensor.T_body_camera = camera.T_body_camera * Se3{Eigen::Quaterniond::Identity(), {0.05, 0, 0}};
  DepthTracks tracks(camera, sensor, {}, 0, 1);
  // A step in the sensor's picture: where the camera looks decides by the parallax of 0.05 m, 3 px
  // at 2 m, which side of it a feature is on.
  DepthFrame depth = Flat(At(0), 2000);
  for (int y = 0; y < 120; ++y)
    for (int x = 0; x < 56; ++x) depth.depth_mm(x, y) = 0;
  FrameObservations frame = Frame(At(0));
  frame.features[0].pixel.x() = 57.5;  // of the camera: 54.5 of the sensor
  frame.features[1].pixel.x() = 62.5;
  tracks.Observe(depth, frame);
  ASSERT_EQ(tracks.observations(), 1);
  EXPECT_EQ(frame.features[2].camera, 1);
  EXPECT_EQ(frame.features[2].track, 2U);
}

TEST(DepthTracks, WhatIsNotKnownIsNotObserved) {
  const RigCamera camera = Camera({0, 0, 0});
  DepthTracks tracks(camera, camera, {}, 0, 1);
  FrameObservations frame = Frame(At(0));
  tracks.Observe(Flat(At(0), 0), frame);
  EXPECT_EQ(frame.features.size(), 3U);
  tracks.Observe({At(0), 0, FilledImage<uint16_t>(10, 10, 2000)}, frame);  // another size
  EXPECT_EQ(frame.features.size(), 3U);
}

class DepthJoinTest : public testing::Test {
 protected:
  static size_t Features(const Measurement& measurement) {
    return std::get<FrameObservations>(measurement).features.size();
  }
  static std::vector<Measurement> One(const Measurement& measurement) { return {measurement}; }
  static ImuSample Imu(SensorTime time) {
    ImuSample sample;
    sample.time = time;
    return sample;
  }

  DepthJoin join_{DepthTracks(Camera({0, 0, 0}), Camera({0, 0, 0}), {}, 0, 2)};
  std::vector<Measurement> passed_;
};

TEST_F(DepthJoinTest, AFrameWaitsForItsDepthAndAllElseForTheFrame) {
  join_.Take(One(Imu(At(0))), passed_);
  ASSERT_EQ(passed_.size(), 1U);  // nothing to wait for
  join_.Take(One(Frame(At(1))), passed_);
  join_.Take(One(Imu(At(1))), passed_);
  EXPECT_EQ(passed_.size(), 1U);
  join_.Add(Flat(At(1), 2000), passed_);
  ASSERT_EQ(passed_.size(), 3U);
  EXPECT_EQ(Features(passed_[1]), 5U);
  EXPECT_TRUE(std::holds_alternative<ImuSample>(passed_[2]));
}

TEST_F(DepthJoinTest, AFrameWithoutDepthGoesOn) {
  join_.Take(One(Frame(At(1))), passed_);
  join_.PassBefore(At(1), passed_);
  EXPECT_TRUE(passed_.empty());
  join_.PassBefore(At(2), passed_);
  ASSERT_EQ(passed_.size(), 1U);
  EXPECT_EQ(Features(passed_[0]), 3U);
  join_.Add(Flat(At(20), 2000), passed_);  // of no frame
  join_.Take(One(Frame(At(50))), passed_);
  join_.Finish(passed_);
  ASSERT_EQ(passed_.size(), 2U);
  EXPECT_EQ(Features(passed_[1]), 3U);
}

TEST_F(DepthJoinTest, DepthMayComeFirst) {
  join_.Add(Flat(At(1), 2000), passed_);
  join_.Take(One(Frame(At(1))), passed_);
  ASSERT_EQ(passed_.size(), 1U);
  EXPECT_EQ(Features(passed_[0]), 5U);
}

}  // namespace
}  // namespace nightjar
