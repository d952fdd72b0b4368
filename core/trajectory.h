// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <vector>

#include "core/se3.h"
#include "core/time.h"

namespace nightjar {

/// Where the body was at a time.
struct StampedPose {
  SensorTime time;
  Se3 T_world_body;
};

/// Everything the estimator knows of the body at a time. World: z up; its origin and yaw are the
/// map's.
struct NavigationState {
  SensorTime time;
  Se3 T_world_body;
  Eigen::Vector3d velocity_world = Eigen::Vector3d::Zero();      // m/s
  Eigen::Vector3d gyro_bias = Eigen::Vector3d::Zero();           // rad/s, in the body frame
  Eigen::Vector3d accelerometer_bias = Eigen::Vector3d::Zero();  // m/s^2, in the body frame
};

/// Whether the estimate of a frame can be used.
enum class TrackingStatus {
  kWaiting,       // nothing to start from yet: a place is given, but not a measured one
  kInitialising,  // metric, but gravity or the velocity are not yet known to their usual accuracy
  kTracking,      // images and IMU agree
  kDegraded,      // few features to check the IMU against, a gap in it, an improbable bias: still
                  // bounded
  kDeadReckoned,  // no image information: the IMU alone, growing error
  kLost,          // the error may be anything
};

/// 1 tracking, 0.5 initialising or degraded, 0 waiting, dead-reckoned or lost (Project Aria's
/// quality_score).
constexpr double QualityScore(TrackingStatus status) {
  switch (status) {
    case TrackingStatus::kTracking: return 1.0;
    case TrackingStatus::kInitialising:
    case TrackingStatus::kDegraded: return 0.5;
    case TrackingStatus::kWaiting:
    case TrackingStatus::kDeadReckoned:
    case TrackingStatus::kLost: return 0.0;
  }
  return 0.0;
}

/// One row of a trajectory: the state at a frame and whether to believe it.
struct TrajectoryRow {
  NavigationState state;
  Eigen::Vector3d angular_velocity_body = Eigen::Vector3d::Zero();  // rad/s, bias removed
  TrackingStatus status = TrackingStatus::kLost;
  /// Which map it belongs to, from 0: positions and yaws of two maps cannot be compared.
  int map = 0;
};

using Trajectory = std::vector<TrajectoryRow>;

}  // namespace nightjar
