// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "apps/pipeline/inspect.h"

namespace nightjar {

/// In a wrong unit, values look like those of a sensor at the end of its range: the reader passes
/// over them, counts them as stuck or clipped, and the gaps that it leaves are no loss of the
/// recording. Where the checks have found the IMU's unit to be wrong, its anomalies of that kind
/// become one that names this cause, and its gaps unknown until the unit is right.
void BlameUnit(const InspectedStream& imu, std::vector<InspectCheck>& checks,
               std::vector<LogAnomaly>& anomalies);

}  // namespace nightjar
