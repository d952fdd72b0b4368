// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <Eigen/Geometry>
#include <optional>
#include <span>

namespace nightjar {

/// The same point of the scene seen at two moments: unit bearings, each in the camera's frame of
/// its moment.
struct BearingPair {
  Eigen::Vector3d previous;
  Eigen::Vector3d current;
};

struct RelativeRotation {
  /// Rotates vectors of the current camera frame into the previous one.
  Eigen::Quaterniond R_previous_current;
  int inliers = 0;       // pairs within three robust sigmas of the epipolar constraint
  double sigma_rad = 0;  // robust scale of the constraint's angular error
};

/// How a camera turned between two views, whatever it travelled: rotation R and direction of travel
/// t that minimise the angular error of the epipolar constraint c . (t x R p) = 0, normalised to
/// first order (Sampson; Hartley, Zisserman, "Multiple View Geometry", 2nd ed., 11.4.3), under
/// Cauchy's robust weight. The problem has local minima: the descent begins from thirteen
/// directions of travel. Estimating the travel too costs accuracy and is needed: a sideways step of
/// the camera looks much like a turn.
///
/// Needs neither distances nor a second camera. Nothing with fewer than 12 pairs, or where less
/// than half of them agree. Deterministic.
std::optional<RelativeRotation> EstimateRelativeRotation(std::span<const BearingPair> pairs);

}  // namespace nightjar
