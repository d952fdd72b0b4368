// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "calibration/rig.h"

namespace nightjar {

/// What a sensor.yaml (`other`) says differently from the rig's file that is used, one phrase per
/// quantity, with both values: "fx is 460 here and 458.654 in the rig's file, which wins".
/// Differences of rounding (1e-6 of the value; 1e-5 m and rad of a pose) do not count, nor does
/// what the sensor.yaml does not say.
std::vector<std::string> DifferencesOfCamera(const RigCamera& used, const RigCamera& other);
std::vector<std::string> DifferencesOfImu(const RigImu& used, const RigImu& other);

/// Whether one pose is the other's inverse, and not the same besides: the commonest mistake in a
/// calibration. To within 0.01 rad and 1 cm, and ten times nearer than the poses are to each other:
/// two files need not come from one calibration.
bool IsInverse(const Se3& T, const Se3& other);

}  // namespace nightjar
