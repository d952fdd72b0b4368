// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "apps/pipeline/simulate.h"
#include "core/result.h"
#include "data/sensor_log_writer.h"
#include "data/simulator/simulation.h"

namespace nightjar {

/// Adds what the cameras see of the landmarks, in all frames of a simulation with tracks, to a log:
/// camN/tracks.csv, truth/camN/tracks.csv and truth/landmarks.csv (docs/formats/simulate.md).
/// Returns the number of observations.
Result<int64_t> AddTracks(const SimulateOptions& options, const Simulation& simulation,
                          SensorLogWriter& writer);

}  // namespace nightjar
