// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <functional>

#include "data/simulator/workers.h"
#include "isp/depth/semi_global_aggregation.h"

namespace nightjar {

/// Calls work(0) .. work(count - 1) by `threads` threads, 1 or more, this one among them: each
/// takes the next that is left. Returns when all have.
void InParallel(int threads, size_t count, const std::function<void(size_t i)>& work);

/// The same for those that have no threads of their own.
Workers ThreadWorkers(int threads);

/// The same for stages of isp/, which say what can be done at once. One thread: one after the
/// other.
RunTasks TasksOn(int threads);

}  // namespace nightjar
