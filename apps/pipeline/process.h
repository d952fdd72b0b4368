// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "apps/pipeline/nightjar/pipeline.h"
#include "core/result.h"

namespace nightjar {

/// ProcessLog (apps/pipeline/nightjar/pipeline.h has its options) with the errors of the modules:
/// when the estimator has no final answer the causal part is written and the error is kNoAnswer.
Result<ProcessSummary> Process(const ProcessOptions& options);

}  // namespace nightjar
