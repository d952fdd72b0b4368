// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "core/result.h"
#include "core/trajectory.h"

namespace nightjar {

struct TrajectoryErrorOptions {
  /// s, > 0. An estimated pose between two reference poses that are further apart than this is not
  /// compared: what the body did in the gap is not known.
  double max_gap_s = 0.1;

  Status Validate() const;
};

/// How far an estimated trajectory is from a reference. Lengths in metres, angles in degrees (for
/// people).
///
/// Absolute errors (Sturm et al., "A benchmark for the evaluation of RGB-D SLAM systems", IROS
/// 2012) are taken after the rigid alignment, without scale, that minimises the squared position
/// error (Umeyama, PAMI 1991). Attitude errors are taken after the best constant rotation between
/// the two worlds *for attitudes* (chordal mean): the positions of a short or straight trajectory
/// hardly say how the worlds are turned. Tilt is the error of the direction of gravity in the body
/// and needs no alignment, both worlds having z up.
///
/// Relative errors (RPE) compare the motion from pose i to the first pose at least 1 m of reference
/// path, or 1 s, later, for every i that has one.
struct TrajectoryError {
  int64_t poses = 0;     // estimated
  int64_t compared = 0;  // of them, inside the reference's span and not in a gap
  double length_m = 0;   // of the reference path through the compared poses
  double ate_rmse_m = 0;
  double ate_median_m = 0;
  double ate_max_m = 0;
  double attitude_rmse_deg = 0;
  double tilt_rmse_deg = 0;
  std::optional<double> rpe_1m_m;  // nothing: the path is shorter than 1 m
  std::optional<double> rpe_1m_deg;
  std::optional<double> rpe_1s_m;
  std::optional<double> rpe_1s_deg;
  Se3 T_reference_estimate;  // the alignment of the positions: estimate's world to reference's
                             // world
};

/// Compares poses of the same body. Both in time order. The reference is interpolated at the
/// estimate's times (linear and spherical linear). Fails with kNoAnswer when fewer than three poses
/// can be compared.
Result<TrajectoryError> CompareTrajectories(std::span<const StampedPose> estimate,
                                            std::span<const StampedPose> reference,
                                            const TrajectoryErrorOptions& options = {});

/// The pose of the reference at `time`: nothing before its first pose, after its last one, or in a
/// gap longer than `max_gap_s`. `reference` in time order.
std::optional<Se3> InterpolatePose(std::span<const StampedPose> reference, SensorTime time,
                                   double max_gap_s);

}  // namespace nightjar
