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
  /// m: half the height of the band around the body that has to be free.
  double half_band_m = 0.25;
  /// m over the floor: what is lower is stepped over; what is between that and the band stops
  /// whoever walks, a table for instance.
  double step_m = 0.4;
};

/// How far it is to what would stop a walking person, in twelve directions.
///
/// A ray is followed through columns of voxels. It hits in the first column in which a voxel is
/// occupied, from step_m over the floor (where that is known) or from the band's lower edge, to the
/// band's upper edge. It goes on where half of the band, half_band_m below the body to as much
/// above, is known to be free; up to two columns in a row that are not known are passed where free
/// ones follow. So what is lower than the band and was never seen is not warned of, and a body with
/// a thing behind it at which it never looked is told that nothing is known there.
///
/// `T_world_body`, `T_body_camera`: of the reference camera. `keyframe`: for Surroundings::RangeOf.
Clearance MeasureClearance(const Surroundings& surroundings, const Se3& T_world_body,
                           const Se3& T_body_camera, const std::optional<AlignedFrame>& aligned,
                           int keyframe, const ClearanceOptions& options);

/// One ray of it, along a horizontal unit direction.
ClearanceRay CastClearance(const Surroundings& surroundings, const Eigen::Vector3d& body_world,
                           const Eigen::Vector3d& direction, std::optional<double> floor_z,
                           int keyframe, const ClearanceOptions& options);

}  // namespace nightjar
