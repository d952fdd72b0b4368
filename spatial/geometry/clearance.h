// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>

#include "core/se3.h"
#include "spatial/geometry/surroundings.h"
#include "spatial/scene.h"

namespace nightjar {

struct ClearanceOptions {
  /// m: farther is not looked.
  double farthest_m = 8;
  /// m: half the height of the band around the body in which is looked.
  double half_band_m = 0.25;
};

/// How far it is, in twelve directions, to what the body would run into: in a band around its
/// height, the head's or chest's on a person who wears it. What is lower, as a table's top is for
/// glasses, is not in it: a head looks over it and mostly has not seen the half of it that a walker
/// would meet; whether a way is free for the legs too is a question for the voxels.
///
/// A ray is followed through columns of voxels, as high as the band. It hits in the first column
/// with an occupied voxel whose surfel it meets within half a voxel to the side; the distance is
/// the mean of those that it meets there, within a voxel behind the nearest. It goes on where half
/// of the band is known to be free; up to two columns in a row that are not known are passed where
/// free ones follow. So a body with a thing behind it at which it never looked is told that nothing
/// is known there.
///
/// `T_world_body`, `T_body_camera`: of the reference camera. `keyframe`: for Surroundings::RangeOf.
Clearance MeasureClearance(const Surroundings& surroundings, const Se3& T_world_body,
                           const Se3& T_body_camera, const std::optional<AlignedFrame>& aligned,
                           int keyframe, const ClearanceOptions& options);

/// One ray of it, along a horizontal unit direction.
ClearanceRay CastClearance(const Surroundings& surroundings, const Eigen::Vector3d& body_world,
                           const Eigen::Vector3d& direction, int keyframe,
                           const ClearanceOptions& options);

/// False where most directions are blocked within a hand's breadth: then the body would be inside
/// of something, and it is the map that is wrong.
bool IsCredible(const Clearance& clearance);

}  // namespace nightjar
