// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <vector>

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

/// How the gyro and a camera turn together, with the focal length under which they do so best.
struct CameraAlignment {
  GyroCameraAlignment alignment;
  double focal_scale = 1;  // times the calibrated focal length
};

/// What one camera's images say about the camera and the gyro, one record at a time. Images are
/// followed without help of the gyro or another camera: either may be what is wrong. Turns are
/// estimated with the calibrated focal length, its double and its half: with one that is far off,
/// the turns are too wrong to say by how much.
class CameraInspection {
 public:
  explicit CameraInspection(const RigCamera& camera);

  void Add(const ImuSample& sample);
  /// Frames of this camera, in time order; those without an image count for nothing here.
  Status Add(const Frame& frame);

  BrightnessSummary brightness() const;
  const BoundedSample& tracks() const { return tracks_; }  // features followed, per frame
  std::optional<CameraAlignment> Align() const;

 private:
  struct FocalHypothesis {
    double scale = 1;
    std::shared_ptr<const CameraModel> model;
    RotationPairing pairing = {};
    std::map<uint64_t, Eigen::Vector3d> bearings = {};  // of the previous frame, by track
  };
  void Measure(const Frame& frame);
  void Turn(const FrameObservations& observations);
  void Turn(const FrameObservations& observations, FocalHypothesis& focal);

  RigCamera camera_;
  FeatureTracker tracker_;
  TrackingPyramid pyramids_[2];  // the tracker reads that of its last call
  int turn_ = 0;
  std::vector<FocalHypothesis> focals_;  // the calibrated one first
  std::optional<SensorTime> previous_;
  BoundedSample tracks_;
  BrightnessSummary brightness_;  // sums until asked for
};

}  // namespace nightjar
