// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <limits>
#include <string>

#include "core/time.h"
#include "core/trajectory.h"

namespace nightjar {

/// Why a frame has the status that it has: one record per frame, causal.
struct FrameHealth {
  SensorTime time;
  TrackingStatus status = TrackingStatus::kLost;
  std::string reason;  // one phrase; empty while tracking
  int features = 0;    // tracked into this frame
  int inliers = 0;     // landmarks among them, the less sure of which count for less
  double reprojection_rms =
      0;  // of the inliers, in their predicted sigma (1 when the model is right)
  /// Of what the inertial samples since the frame before say against the estimate, in its sigma
  /// (below 1 when the model is right: the estimate pleases them too). 0: no such samples.
  double inertial_rms = 0;
  double tilt_sigma_rad = 0;      // 1 sigma of roll and pitch
  double velocity_sigma_m_s = 0;  // 1 sigma, largest axis
  /// 1 sigma of the scale, relative; infinite while it is not known.
  double scale_sigma = std::numeric_limits<double>::infinity();
  double position_drift_sigma_m =
      0;  // 1 sigma relative to the oldest pose in the window, largest axis
};

}  // namespace nightjar
