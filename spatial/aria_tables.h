// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/landmark.h"
#include "core/result.h"
#include "core/trajectory.h"

namespace nightjar::aria {

/// The names of the frames that a set of files speaks of, in the order in which they are met: the
/// index of a graph_uid (or session_uid) is TrajectoryRow::map.
class FrameNames {
 public:
  int Of(std::string_view uid);
  const std::vector<std::string>& names() const { return names_; }

 private:
  std::vector<std::string> names_;
};

/// A row per row of a closed_loop_trajectory.csv or open_loop_trajectory.csv of Project Aria's
/// machine perception services, in file order, which must be that of time. `body` is Aria's
/// *device*. The columns are found by their names; those of geographic positions are not read.
/// velocity_world is what the file has, turned into the world (closed loop) or in the odometry
/// frame (open loop); biases are not in these files and stay 0. quality_score: from 0.75 on
/// kTracking, from 0.5 on kDegraded, below kLost.
///
/// `where` names the file in errors: kUnusableInput with FILE:LINE for any row that cannot be read.
Result<Trajectory> ParseClosedLoopTrajectory(std::string_view csv, const std::string& where,
                                             FrameNames& frames);
Result<Trajectory> ParseOpenLoopTrajectory(std::string_view csv, const std::string& where,
                                           FrameNames& frames);

/// The points of an uncompressed semidense_points.csv or global_points.csv, in file order. How
/// often each was observed is not in the file: 0. Errors: as above; a sigma must not be negative.
Result<std::vector<Landmark>> ParseSemidensePoints(std::string_view csv, const std::string& where,
                                                   FrameNames& frames);

/// One line of an online_calibration.jsonl, of one IMU.
struct OnlineBias {
  SensorTime time;
  Eigen::Vector3d gyro = Eigen::Vector3d::Zero();           // rad/s, in the IMU's frame
  Eigen::Vector3d accelerometer = Eigen::Vector3d::Zero();  // m/s^2
  Se3 T_device_imu;
};

/// `imu`: Label of the IMU to read. Errors: as above.
Result<std::vector<OnlineBias>> ParseOnlineBiases(std::string_view lines, const std::string& where,
                                                  const std::string& imu);

}  // namespace nightjar::aria
