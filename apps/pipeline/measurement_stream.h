// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>

#include "apps/pipeline/front_end.h"
#include "core/result.h"
#include "data/sensor_log.h"

namespace nightjar {

/// Reads `log` to its end through `front_end` and gives every measurement, in order, to `take`,
/// which runs on the calling thread. With `threads` = 1 everything does; with 2 reading and front
/// end run ahead on a thread of their own; with more they have one each. What `take` sees is the
/// same: the queues between keep order and drop nothing. What `take` throws leaves here once the
/// threads have ended; what `log` or `front_end` throw is kInternal.
Status StreamMeasurements(SensorLog& log, FrontEnd& front_end, int threads,
                          const std::function<void(const Measurement&)>& take);

}  // namespace nightjar
