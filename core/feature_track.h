// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <vector>

#include "core/time.h"

namespace nightjar {

/// Where one feature of the scene was seen in one image.
struct FeatureObservation {
  uint64_t track = 0;                               // the same feature has the same number for ever
  int camera = 0;                                   // source: index into Rig::cameras
  Eigen::Vector2d pixel = Eigen::Vector2d::Zero();  // px, distorted as the camera saw it
  Eigen::Matrix2d covariance = Eigen::Matrix2d::Identity();  // px^2
};

/// All observations of the cameras that exposed together, ordered by (track, camera).
struct FrameObservations {
  SensorTime time;
  std::vector<FeatureObservation> features;
};

/// How many different tracks the frame sees.
inline int CountTracks(const FrameObservations& frame) {
  int count = 0;
  for (size_t i = 0; i < frame.features.size(); ++i) {
    count += i == 0 || frame.features[i].track != frame.features[i - 1].track;
  }
  return count;
}

}  // namespace nightjar
