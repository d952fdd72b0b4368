// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

#include "core/depth_map.h"
#include "core/se3.h"

namespace nightjar {

/// Depth of one view as another one sees it.

/// Of a view from the same place that looks elsewhere: `R_source_target` turns the target's
/// directions into the source's. Each target pixel takes what is between the source's pixels around
/// it where those are of one surface (depths within three of their sigmas of each other), else the
/// nearest of them.
DepthMap TurnDepth(const DepthMap& source, const Eigen::Matrix3d& R_source_target,
                   const PinholeView& target);

/// Collects points that are seen from elsewhere into a view's depth map: of those that fall on a
/// pixel the nearest one counts. A point covers the pixel that it falls on, and those up to a pixel
/// beside it which nothing falls on, or only what is clearly behind.
class DepthCollector {
 public:
  DepthCollector(SensorTime time, int camera, const PinholeView& view);

  /// In the view's frame; `sigma_m` of its z.
  void Add(const Eigen::Vector3d& point, float sigma_m);

  /// What has been collected.
  DepthMap Take() const;

 private:
  DepthMap on_;      // points by the pixel that they fall on
  DepthMap beside_;  // by the three further ones around
};

/// Of a view that is somewhere else. `sigma_m` stays that of the source's z but grows with what
/// `T_target_source` is wrong by: `position_sigma_m` along the axis, `turn_sigma_rad`.
struct MoveSigma {
  double position_m = 0;
  double turn_rad = 0;
};
DepthMap MoveDepth(const DepthMap& source, const Se3& T_target_source, const PinholeView& target,
                   const MoveSigma& sigma);

}  // namespace nightjar
