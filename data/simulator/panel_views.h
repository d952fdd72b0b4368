// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "data/simulator/camera_trail.h"
#include "data/simulator/ray_casting.h"
#include "data/simulator/scene.h"

namespace nightjar {

/// The views of a scene's panels from every pose that a camera has during some rows of an exposure,
/// made when a panel is first asked for.
class PanelViews {
 public:
  /// `scene` and `trail` outlive it. Rows first_row .. last_row.
  PanelViews(const SimulatedScene& scene, const CameraTrail& trail, int first_row, int last_row);

  /// From `row`, which is among its rows, on.
  PanelTrack At(int panel, int row);

 private:
  const SimulatedScene& scene_;
  const CameraTrail& trail_;
  int first_row_;
  int rows_;                                   // with poses of their own
  std::vector<std::vector<PanelView>> views_;  // [panel][tap * rows_ + row - first_row_]
};

}  // namespace nightjar
