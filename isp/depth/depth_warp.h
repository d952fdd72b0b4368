// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <vector>

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

/// A point of a surface.
struct SurfacePoint {
  Eigen::Vector3d point;   // m
  Eigen::Vector3d normal;  // of any length; zero: not known
  double sigma_m = 0;      // of its z
};

/// What a motion is wrong by, 1 sigma of each axis: m of the place, rad of the turn.
struct MoveSigma {
  double position_m = 0;
  double turn_rad = 0;
};

/// A point of one frame in another. The error of a depth lies along its ray, so that sigma of z
/// changes as the ray's z does: |(R ray)_z| for a ray with z = 1. What the motion is wrong by moves
/// the surface, and the depth at a pixel by as much as the surface moves along its ray: more on
/// slanted ones.
SurfacePoint Moved(const SurfacePoint& source, const Se3& T_target_source, const MoveSigma& wrong);

/// Collects points that are seen from elsewhere into a view's depth map. A point covers the pixels
/// whose centres are up to 3/4 px away, with what its plane has there. Of several points on a
/// pixel those of the nearest surface count, which are those within three sigmas of their
/// difference from the nearest; of them the one that lies nearest to the pixel's centre is taken,
/// which noise has no say in: the nearest one would be too near. Where the plane is not known,
/// sigma grows by a slope of 45 degrees between the point and the centre.
class DepthCollector {
 public:
  DepthCollector(SensorTime time, int camera, const PinholeView& view);

  /// In the view's frame.
  void Add(const SurfacePoint& point);

  /// What has been collected.
  DepthMap Take() const;

 private:
  struct Seen {
    float column, row;  // px
    float depth, sigma;
    Eigen::Vector3f normal;
  };
  struct Sample {
    float depth, sigma;
  };
  Sample At(const Seen& seen, int x, int y) const;
  /// Calls use(seen, x, y) for every pixel that a point covers.
  template <typename Use>
  void ForEachCovered(const Use& use) const;

  DepthMap empty_;
  std::vector<Seen> seen_;
};

/// Of a view that is somewhere else, which `wrong` says how well is known. A pixel's plane is
/// measured over the pixels around it.
DepthMap MoveDepth(const DepthMap& source, const Se3& T_target_source, const PinholeView& target,
                   const MoveSigma& wrong);

}  // namespace nightjar
