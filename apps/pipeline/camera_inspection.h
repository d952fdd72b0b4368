// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <optional>

#include "apps/pipeline/focal_search.h"
#include "apps/pipeline/stream_statistics.h"
#include "calibration/estimate/gyro_camera_alignment.h"
#include "calibration/rig.h"
#include "core/frame.h"
#include "core/imu_sample.h"
#include "core/pyramid.h"
#include "core/result.h"
#include "isp/feature_tracker.h"

namespace nightjar {

/// How bright the images of a camera are.
struct BrightnessSummary {
  int64_t frames = 0;  // with an image
  double mean_dn = 0;
  double mean_min_dn = 0;      // of the darkest frame
  double mean_max_dn = 0;      // of the brightest
  double saturated_share = 0;  // of all pixels: at the white level
  double black_share = 0;      // at the black level or below
  std::optional<double> exposure_min_ns, exposure_max_ns;
  std::optional<double> gain_min, gain_max;
};

/// What one camera's images say about the camera and the gyro, one record at a time. Images are
/// followed without help of the gyro or another camera: either may be what is wrong.
class CameraInspection {
 public:
  explicit CameraInspection(const RigCamera& camera);

  void Add(const ImuSample& sample);
  /// Frames of this camera, in time order; those without an image count for nothing here, but for
  /// those of a log with tracks in place of images.
  Status Add(const Frame& frame);

  BrightnessSummary brightness() const;
  bool has_tracks() const { return has_tracks_; }          // in place of images
  const BoundedSample& tracks() const { return tracks_; }  // features followed, per frame
  /// With the calibrated focal length, or another one that is clearly better.
  std::optional<CameraAlignment> Align() const;

 private:
  void Measure(const Frame& frame);
  void Turn(SensorTime time, const std::vector<FeatureObservation>& features);

  RigCamera camera_;
  FeatureTracker tracker_;
  TrackingPyramid pyramids_[2];  // the tracker reads that of its last call
  int turn_ = 0;
  RotationPairing pairing_;
  FocalSearch focals_;
  std::map<uint64_t, Eigen::Vector2d> pixels_;  // of the previous frame, by track
  std::optional<SensorTime> previous_;
  BoundedSample tracks_;
  bool has_tracks_ = false;
  BrightnessSummary brightness_;  // sums until asked for
};

}  // namespace nightjar
