// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/result.h"
#include "core/trajectory.h"

namespace nightjar {

/// One row of a trajectory file.
struct TrajectoryFileRow {
  StampedPose pose;
  double quality = 1;  // Aria's quality_score; 1 in files that have none
  /// Aria's graph_uid or session_uid, the name of the frame that the pose is in: rows of different
  /// frames cannot be compared. Empty in files that have none.
  std::string frame = {};
};

/// Reads a trajectory of a body in a fixed world, in one of these forms, told apart by header and
/// separator:
///
///  - TUM text, blanks between: t[s] tx ty tz qx qy qz qw
///  - EuRoC CSV: t[ns],px,py,pz,qw,qx,qy,qz, further columns ignored
///  - Project Aria MPS closed_loop_trajectory.csv (tx_world_device, ...) and
///  open_loop_trajectory.csv
///    (tx_odometry_device, ...), t = tracking_timestamp_us; the columns are found by the names in
///    the header
///
/// Times are exact to the nanosecond, also from TUM's decimal seconds. Rows come sorted by time; of
/// several with one time the first is kept. Quaternions are normalised; their length must be 1 to
/// within 1 %.
///
/// A file that is somebody's reference must not be read in part: any row that cannot be read is an
/// error, kUnusableInput with FILE:LINE. So is a file without a pose.
Result<std::vector<TrajectoryFileRow>> ReadTrajectoryRows(const std::filesystem::path& file);

struct TrajectoryFileOptions {
  /// Only rows of at least this quality, 0 .. 1; no value: all.
  std::optional<double> min_quality;
};

/// The poses of ReadTrajectoryRows alone. kUnusableInput also when none has the asked quality.
Result<std::vector<StampedPose>> ReadTrajectoryFile(const std::filesystem::path& file,
                                                    const TrajectoryFileOptions& options = {});

/// Reads full states, as EuRoC's state_groundtruth_estimate0/data.csv gives them: t[ns], p x y z
/// [m], q w x y z, v x y z [m/s], b_w x y z [rad/s], b_a x y z [m/s^2]. Order, errors: as above.
Result<std::vector<NavigationState>> ReadStateFile(const std::filesystem::path& file);

}  // namespace nightjar
