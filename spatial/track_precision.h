// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <span>
#include <vector>

#include "calibration/rig.h"
#include "core/feature_track.h"
#include "core/trajectory.h"

namespace nightjar {

/// What a track was seen to be wrong by in one frame.
struct TrackError {
  SensorTime time;
  uint64_t track = 0;
  int camera = 0;
  Eigen::Vector2d pixel = Eigen::Vector2d::Zero();
  Eigen::Vector2d error_px = Eigen::Vector2d::Zero();  // observed - where the truth has it
  double normalised = 0;                               // error' covariance^-1 error: 2 is expected
};

/// How well features were followed, judged by the true way of the body.
struct TrackPrecision {
  double tracks_per_frame = 0;  // median
  double frames_per_track = 0;  // median, of tracks seen twice or more
  double within_pixel = 0;      // share of observations with an error below 1 px
  double median_error_px = 0;
  /// 1.39 for true covariances and long tracks; of n frames one in 2 n values is the distance's.
  double median_normalised = 0;
  std::vector<TrackError> errors;  // by frame
};

/// A track is a point on the ray of its first observation, as its covariances have it; how far away
/// is what agrees best (Huber) with all its observations, all cameras, at the true poses. Frames
/// without a true pose are left out.
TrackPrecision MeasureTracks(const Rig& rig, std::span<const FrameObservations> frames,
                             std::span<const StampedPose> truth_world_body);

}  // namespace nightjar
