// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "calibration/depth_noise.h"
#include "calibration/rig.h"
#include "core/depth_frame.h"
#include "core/feature_track.h"
#include "isp/depth/sensed_depth.h"

namespace nightjar {

/// Depth of a sensor as a measurement of the estimator (docs/maths/depth-factors.md): a feature of
/// the reference camera whose depth is z +- sigma has been seen by a further camera, too, a virtual
/// one at a baseline b to its right, at a disparity of f b / z +- f b / z^2 sigma. To the estimator
/// it is a camera of the rig; what is not known, the row, has a sigma of no weight.
class DepthTracks {
 public:
  /// `sensor`: its number among those that are read; `number`: that of the virtual camera, one more
  /// than the last camera's.
  DepthTracks(const RigCamera& reference, const RigCamera& sensor, const DepthNoise& noise,
              int sensor_number, int number);

  /// What the estimator has to know: a camera of the rig's.
  const RigCamera& view() const { return view_; }
  int sensor() const { return sensor_number_; }

  /// Adds to `frame` what the sensor, at the same time, says of its features.
  void Observe(const DepthFrame& depth, FrameObservations& frame);

  int64_t observations() const { return observations_; }

 private:
  std::optional<FeatureObservation> Seen(const DepthFrame& depth,
                                         const FeatureObservation& feature) const;

  RigCamera reference_;
  RigCamera view_;
  SensedDepth sensed_;
  double focal_ = 1, cx_ = 0, cy_ = 0;
  int sensor_number_, number_;
  int64_t observations_ = 0;
};

}  // namespace nightjar
