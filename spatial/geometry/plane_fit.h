// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <optional>
#include <span>
#include <vector>

#include "core/keyframe.h"
#include "spatial/geometry/surfel.h"

namespace nightjar {

struct PlaneFitOptions {
  /// m: how far apart two errors of a surface have to be to be independent. What stereo gets wrong,
  /// it gets wrong by patches.
  double correlation_m = 0.35;
  /// Of the surfels' sigma: what all of a plane have in common, as a rig's calibration does.
  double common_share = 0.3;
};

/// A plane n . p = d through surfels.
struct FittedPlane {
  Eigen::Vector3d normal_world =
      Eigen::Vector3d::UnitZ();  // to the side the surfels were seen from
  double offset_m = 0;
  Eigen::Vector3d centre_world = Eigen::Vector3d::Zero();  // of what it was fitted to
  double rms_m = 0;                                        // of the surfels' distances
  /// Of [n, d], of rank 3; poses apart.
  Eigen::Matrix4d covariance = Eigen::Matrix4d::Zero();

  double Distance(const Eigen::Vector3d& point) const { return normal_world.dot(point) - offset_m; }
};

/// Total least squares, each surfel weighted by its area over its variance: the plane through the
/// weighted mean along which the weighted points vary least. A surfel more than 2.5 sigma away
/// counts as a Huber loss has it. Its covariance takes the larger of sigma and the rms distance for
/// each surfel, one independent error per square of correlation_m, and what all have in common.
/// Nothing for fewer than 3 surfels, or such as lie in a line.
std::optional<FittedPlane> FitPlane(std::span<const Surfel> surfels, std::span<const int> members,
                                    const PlaneFitOptions& options);

/// What the pose that a plane was seen from is unsure of: the covariance of [n, d] that follows
/// from that of the body's position and rotation (world axes) where it saw the plane.
Eigen::Matrix4d PoseCovarianceOfPlane(const FittedPlane& plane, const Keyframe& keyframe);

}  // namespace nightjar
