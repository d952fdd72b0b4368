// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>

#include "calibration/rig.h"
#include "fusion/imu_buffer.h"
#include "fusion/window.h"

namespace nightjar {

/// Whether the inertial samples say nothing about how the body came from `begin` to `end`: no
/// sample for two seconds. A recorder that was paused, or a stamp that is wrong. No map reaches
/// across a pause.
bool IsPause(const ImuBuffer& imu, SensorTime begin, SensorTime end);

/// Makes the factor between the state at `index` (> 0) and the one before: the inertial samples
/// between them, integrated at the earlier one's biases.
void ConnectToPrevious(Window& window, size_t index, const ImuBuffer& imu, const ImuNoise& noise);

/// The same for all states.
void ConnectAll(Window& window, const ImuBuffer& imu, const ImuNoise& noise);

/// Where the body is at `time`, from an earlier state and the samples since.
NavigationState PredictFrom(const NavigationState& from, SensorTime time, const ImuBuffer& imu,
                            const ImuNoise& noise);

}  // namespace nightjar
