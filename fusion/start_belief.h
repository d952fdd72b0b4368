// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/se3.h"
#include "core/time.h"
#include "fusion/estimator_options.h"
#include "fusion/imu_buffer.h"
#include "fusion/start_cost.h"

namespace nightjar {

/// What the inertial samples before `time` say about the start: the mean specific force over the
/// last seconds, turned into the body at `time` by the gyro, points up as far as the accelerations
/// average out.
StartBelief BelieveFromImu(const ImuBuffer& imu, SensorTime time, const EstimatorOptions& options);

/// The attitude in which `up_body` is up and the body's x axis (z, when x is nearly vertical)
/// points along +x of the world: the odometry frame's yaw.
Eigen::Quaterniond AttitudeFromUp(const Eigen::Vector3d& up_body);

}  // namespace nightjar
