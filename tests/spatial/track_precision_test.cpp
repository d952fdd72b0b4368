// SPDX-License-Identifier: Apache-2.0
#include "spatial/track_precision.h"

#include <gmock/gmock.h>

#include <cmath>
#include <utility>

#include "calibration/make_camera_model.h"
#include "core/random.h"

namespace nightjar {
namespace {

constexpr int kFrames = 11;
constexpr int64_t kPeriod_ns = 50'000'000;

/// One camera that looks as its body does.
Rig OneCamera() {
  Rig rig;
  RigCamera camera;
  camera.model = MakeCameraModel("pinhole", {400, 400, 320, 240}).value();
  rig.cameras.push_back(std::move(camera));
  return rig;
}

SensorTime TimeOf(int frame) { return SensorTime(std::chrono::nanoseconds(frame * kPeriod_ns)); }

/// Sideways by 5 cm from frame to frame, and a little turn.
Se3 PoseAt(int frame) {
  Vector6d delta;
  delta << 0.05 * frame, 0.01 * frame, 0, 0, 0.01 * frame, 0;
  return se3::Exp(delta);
}

std::vector<StampedPose> Truth() {
  std::vector<StampedPose> truth;
  for (int frame = 0; frame < kFrames; ++frame) truth.push_back({TimeOf(frame), PoseAt(frame)});
  return truth;
}

/// `tracks` points at 2 to 6 m, seen in all frames; the first time without an error.
std::vector<FrameObservations> Seen(const Rig& rig, uint64_t tracks, double sigma_px) {
  RandomStream random(1, 0);
  std::vector<FrameObservations> frames(kFrames);
  for (int frame = 0; frame < kFrames; ++frame) {
    frames[static_cast<size_t>(frame)].time = TimeOf(frame);
    for (uint64_t track = 0; track < tracks; ++track) {
      const double t = static_cast<double>(track);
      const Eigen::Vector3d point(std::sin(3 * t), 0.6 * std::cos(5 * t), 4 + 2 * std::sin(7 * t));
      FeatureObservation seen;
      seen.track = track;
      seen.pixel = *rig.cameras[0].model->Project(PoseAt(frame).Inverse() * point, nullptr);
      if (frame > 0) seen.pixel += sigma_px * Eigen::Vector2d(random.Normal(), random.Normal());
      if (sigma_px > 0) seen.covariance *= sigma_px * sigma_px;
      frames[static_cast<size_t>(frame)].features.push_back(seen);
    }
  }
  return frames;
}

TEST(MeasureTracks, FindsTheOneObservationThatIsWrong) {
  const Rig rig = OneCamera();
  auto frames = Seen(rig, 20, 0);
  frames[6].features[3].pixel += Eigen::Vector2d(3, 4);
  const TrackPrecision precision = MeasureTracks(rig, frames, Truth());
  EXPECT_EQ(precision.tracks_per_frame, 20);
  EXPECT_EQ(precision.frames_per_track, kFrames);
  ASSERT_EQ(precision.errors.size(), 20 * (kFrames - 1));
  EXPECT_DOUBLE_EQ(precision.within_pixel, 199.0 / 200);
  EXPECT_LT(precision.median_error_px, 1e-6);
  SensorTime last = TimeOf(0);
  for (const TrackError& error : precision.errors) {
    EXPECT_GE(error.time, last);
    last = error.time;
    const bool is_wrong = error.time == TimeOf(6) && error.track == 3;
    // What is wrong draws the point along its ray, but not far (Huber).
    EXPECT_NEAR(error.error_px.x(), is_wrong ? 3 : 0, 0.5) << error.track;
    EXPECT_NEAR(error.error_px.y(), is_wrong ? 4 : 0, 0.5) << error.track;
    EXPECT_NEAR(error.normalised, error.error_px.squaredNorm(), 1e-9);
  }
}

TEST(MeasureTracks, TellsWhetherCovariancesAreTrue) {
  const Rig rig = OneCamera();
  auto frames = Seen(rig, 400, 0.5);
  // Two coordinates of ten observations, less one distance: 0.95 of the median of chi^2 with two
  // degrees of freedom.
  const TrackPrecision right = MeasureTracks(rig, frames, Truth());
  EXPECT_NEAR(right.median_normalised, 0.95 * 2 * std::log(2), 0.06);
  EXPECT_NEAR(right.median_error_px, 0.5 * std::sqrt(0.95 * 2 * std::log(2)), 0.02);
  for (FrameObservations& frame : frames)
    for (FeatureObservation& seen : frame.features) seen.covariance *= 4;
  EXPECT_NEAR(MeasureTracks(rig, frames, Truth()).median_normalised, right.median_normalised / 4,
              0.02);
}

TEST(MeasureTracks, LeavesOutWhatHasNoTruthOrNoSecondLook) {
  const Rig rig = OneCamera();
  auto frames = Seen(rig, 5, 0);
  FeatureObservation once = frames[4].features[0];
  once.track = 9;
  frames[4].features.push_back(once);
  auto truth = Truth();
  truth.resize(8);  // frames 8 to 10 have no pose
  const TrackPrecision precision = MeasureTracks(rig, frames, truth);
  EXPECT_EQ(precision.frames_per_track, 8);
  EXPECT_EQ(precision.errors.size(), 5 * 7);
  EXPECT_EQ(MeasureTracks(rig, {}, truth).errors.size(), 0);
}

}  // namespace
}  // namespace nightjar
