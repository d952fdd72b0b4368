// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "calibration/rig.h"
#include "core/imu_sample.h"
#include "core/motion_spline.h"
#include "core/result.h"
#include "core/trajectory.h"

namespace nightjar {

struct ImuModelOptions {
  ImuNoise noise;  // densities; a sample's white noise has 1 sigma = density * sqrt(rate)
  double rate_hz = 200;
  Eigen::Vector3d first_gyro_bias = Eigen::Vector3d::Zero();           // rad/s
  Eigen::Vector3d first_accelerometer_bias = Eigen::Vector3d::Zero();  // m/s^2
  /// measured = matrix * true + bias + noise: scale on the diagonal, misalignment beside it.
  Eigen::Matrix3d gyro_matrix = Eigen::Matrix3d::Identity();
  Eigen::Matrix3d accelerometer_matrix = Eigen::Matrix3d::Identity();
  uint64_t seed = 1;
};

/// What an IMU measures and what is true at each sample, biases included.
struct SimulatedImu {
  std::vector<ImuSample> samples;
  std::vector<NavigationState> truth;
};

/// Takes one sample with its truth; what it returns, when it is an error, ends the simulation.
using ImuVisitor = std::function<Status(const ImuSample&, const NavigationState&)>;

/// Samples at begin_s, begin_s + 1 / rate_hz, ... up to end_s, the motion's values at these
/// instants (no averaging over the interval); `epoch` is the sensor time of the motion's 0. Biases
/// walk at random: steps of 1 sigma = random walk / sqrt(rate). One at a time: hours of samples do
/// not have to fit into memory.
Status SimulateImu(const MotionSpline& T_world_body, double begin_s, double end_s, SensorTime epoch,
                   const ImuModelOptions& options, const ImuVisitor& visit);

/// The same, all at once.
SimulatedImu SimulateImu(const MotionSpline& T_world_body, double begin_s, double end_s,
                         SensorTime epoch, const ImuModelOptions& options);

}  // namespace nightjar
