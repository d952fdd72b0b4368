// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

#include "apps/pipeline/simulate.h"
#include "core/result.h"
#include "data/sensor_log_writer.h"
#include "data/simulator/simulation.h"

namespace nightjar {

/// Adds the events of the simulation's event camera to the log, made by options.threads threads;
/// returns how many. The events do not depend on the number.
Result<int64_t> AddEvents(const SimulateOptions& options, const Simulation& simulation,
                          SensorLogWriter& writer);

}  // namespace nightjar
