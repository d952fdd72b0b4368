// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <vector>

#include "core/result.h"
#include "core/time.h"
#include "core/trajectory.h"

namespace nightjar {

/// The truth of a recorded span from a file of poses (data/trajectory_file.h): the poses as they
/// are, from the last one at or before `begin` to the first one at or behind `end`. Velocities are
/// those from the pose before to the pose behind; the biases, of which poses know nothing, are 0.
///
/// kUnusableInput: the file cannot be read, begins behind `begin` or ends before `end`, or two
/// neighbours in between are more than 0.5 s apart.
Result<std::vector<NavigationState>> TruthOfPoses(const std::filesystem::path& file,
                                                  SensorTime begin, SensorTime end);

}  // namespace nightjar
