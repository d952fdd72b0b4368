// SPDX-License-Identifier: Apache-2.0
// The tracker on a real stereo recording, against the poses that a laser tracker and a motion
// capture system gave.
#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <memory>
#include <vector>

#include "core/gyro_rotation.h"
#include "data/sensor_log.h"
#include "data/trajectory_file.h"
#include "isp/feature_tracker.h"
#include "isp/tracking_pyramid.h"
#include "tests/recordings.h"

namespace nightjar {
namespace {

struct Tracked {
  Rig rig;
  std::vector<FrameObservations> frames;
};

/// Tracks the first seconds of a stereo log, predicted by the raw gyro.
Tracked TrackLog(const std::filesystem::path& folder, double seconds) {
  SensorLogOptions options;
  options.end_s = seconds;
  const auto log = OpenSensorLog(folder, options).value();
  Tracked tracked;
  tracked.rig = log->rig();
  FeatureTracker tracker(tracked.rig);
  const auto gyro = std::make_unique<GyroRotation>();
  TrackingPyramid left;
  while (const auto record = log->Next().value()) {
    if (const auto* sample = std::get_if<ImuSample>(&*record)) {
      gyro->Add(*sample);
      continue;
    }
    const Frame& frame = std::get<Frame>(*record);
    if (frame.camera == 0) {
      left = BuildTrackingPyramid(frame.image).value();
      continue;
    }
    const TrackingPyramid right = BuildTrackingPyramid(frame.image).value();
    const TrackingPyramid* pyramids[2] = {&left, &right};
    tracked.frames.push_back(tracker.Track(frame.time, pyramids, gyro->TakeUpTo(frame.time)));
  }
  return tracked;
}

/// A point (m, camera 0) from a stereo observation, and how far it misses the second one.
std::pair<Eigen::Vector3d, double> Triangulate(const Rig& rig, const FeatureObservation& a,
                                               const FeatureObservation& b) {
  const Se3 T_1_0 = rig.cameras[1].T_body_camera.Inverse() * rig.cameras[0].T_body_camera;
  const Eigen::Vector3d bearing = rig.cameras[0].model->Unproject(a.pixel).value();
  double inverse_distance = 0.2;
  Eigen::Vector2d error = Eigen::Vector2d::Zero();
  for (int i = 0; i < 10; ++i) {
    Matrix23d J;
    const auto pixel = rig.cameras[1].model->Project(
        T_1_0.rotation * bearing + inverse_distance * T_1_0.translation, &J);
    error = b.pixel - pixel.value();
    const Eigen::Vector2d slope = J * T_1_0.translation;
    inverse_distance = std::max(1e-4, inverse_distance + slope.dot(error) / slope.squaredNorm());
  }
  return {bearing / inverse_distance, error.norm()};
}

Se3 PoseAt(const std::vector<StampedPose>& truth, SensorTime time) {
  const auto after =
      std::lower_bound(truth.begin(), truth.end(), time,
                       [](const StampedPose& pose, SensorTime t) { return pose.time < t; });
  if (after == truth.begin()) return after->T_world_body;
  if (after == truth.end()) return truth.back().T_world_body;
  const StampedPose& before = *(after - 1);
  const double share = ToSeconds(time - before.time) / ToSeconds(after->time - before.time);
  return {before.T_world_body.rotation.slerp(share, after->T_world_body.rotation),
          (1 - share) * before.T_world_body.translation + share * after->T_world_body.translation};
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.at(values.size() / 2);
}

TEST(FeatureTrackerOnARecording, TracksAreLongStereoAndWhereTheTrueMotionPutsThem) {
  NIGHTJAR_RECORDING(folder, "euroc_mh01_12s");
  const Tracked tracked = TrackLog(folder, 4.0);
  const auto truth = ReadTrajectoryFile(folder / "mav0/groundtruth/MH_01_easy_tum.txt").value();
  ASSERT_GE(tracked.frames.size(), 79U);

  struct Start {
    SensorTime time;
    Eigen::Vector3d point_camera;
  };
  std::map<uint64_t, Start> starts;
  std::map<uint64_t, int> lengths;
  std::vector<double> epipolar, late;
  double left = 0, right = 0;
  const Se3& T_body_camera = tracked.rig.cameras[0].T_body_camera;
  for (const FrameObservations& frame : tracked.frames) {
    for (size_t k = 0; k < frame.features.size(); ++k) {
      const FeatureObservation& f = frame.features[k];
      if (f.camera != 0) continue;
      ++left;
      ++lengths[f.track];
      if (const auto start = starts.find(f.track);
          start != starts.end() &&
          std::abs(ToSeconds(frame.time - start->second.time) - 0.25) < 0.01) {
        const Se3 T_now_start = (PoseAt(truth, frame.time) * T_body_camera).Inverse() *
                                (PoseAt(truth, start->second.time) * T_body_camera);
        const auto pixel =
            tracked.rig.cameras[0].model->Project(T_now_start * start->second.point_camera);
        if (pixel) late.push_back((*pixel - f.pixel).norm());
      }
      if (k + 1 == frame.features.size() || frame.features[k + 1].track != f.track) continue;
      ++right;
      const auto [point, error] = Triangulate(tracked.rig, f, frame.features[k + 1]);
      epipolar.push_back(error);
      if (lengths[f.track] == 1) starts[f.track] = {frame.time, point};
    }
  }
  const double frames = static_cast<double>(tracked.frames.size());
  EXPECT_GT(left / frames, 120);
  EXPECT_GT(right / left, 0.55);
  EXPECT_GT(left / static_cast<double>(lengths.size()), 6);
  EXPECT_LT(Median(epipolar), 0.3);
  // Quarter of a second later; the truth's own attitude and time make a good half of it.
  ASSERT_GT(late.size(), 100U);
  EXPECT_LT(Median(late), 1.5);
  RecordProperty("reprojection_median_px", std::to_string(Median(late)));
}

}  // namespace
}  // namespace nightjar
