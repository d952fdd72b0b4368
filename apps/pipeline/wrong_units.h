// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <vector>

#include "apps/pipeline/inspect.h"
#include "apps/pipeline/inspect_checks.h"

namespace nightjar {

/// In a unit that makes them too large, values look like those of a sensor at the end of its range:
/// the reader passes over them, counts them as stuck or clipped, and the gaps that it leaves are no
/// loss of the recording. Of each sensor whose unit the checks have found to be so, and of both
/// when their columns are exchanged, the anomalies of that kind become one that names this cause.
/// The IMU's gaps become unknown as far as the rows that were skipped for it can have left them.
void BlameUnits(const InspectEvidence& evidence, std::vector<InspectCheck>& checks,
                std::vector<LogAnomaly>& anomalies);

}  // namespace nightjar
