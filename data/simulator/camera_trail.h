// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <vector>

#include "core/motion_spline.h"
#include "data/simulator/scene.h"

namespace nightjar {

/// When a camera looks, on the motion's clock.
struct ExposureSpan {
  double mid_s = 0;       // middle of the middle row's exposure
  double exposure_s = 0;  // of one row
  double readout_s = 0;   // from the first row's exposure to the last one's; 0: global shutter
};

/// Where a camera is at the instants of one exposure: relative to the world and to every moving
/// object, at every tap (the middles of equal parts of the exposure) and, with a rolling shutter,
/// for every row of its own.
class CameraTrail {
 public:
  CameraTrail(const MotionSpline& T_world_body, const Se3& T_body_camera,
              const SimulatedScene& scene, const ExposureSpan& span, int taps, int height);

  int taps() const { return taps_; }
  bool rolling() const { return rows_ > 1; }
  /// T_world_camera for object -1, otherwise T_object_camera.
  const Se3& At(int object, int tap, int row) const;
  /// Of the lamps, over the tap's part of the exposure, relative to their mean over time.
  float LampGain(int tap, int row) const { return lamp_gains_[Index(tap, row)]; }

 private:
  size_t Index(int tap, int row) const {
    return static_cast<size_t>(tap * rows_ + std::clamp(row, 0, rows_ - 1));
  }

  int taps_;
  int rows_;                                      // with poses of their own; 1: all rows at once
  std::vector<std::vector<Se3>> T_frame_camera_;  // [object + 1][Index(tap, row)]
  std::vector<float> lamp_gains_;                 // [Index(tap, row)]
};

}  // namespace nightjar
