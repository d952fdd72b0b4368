// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "core/result.h"

namespace nightjar {

/// How the estimator works. Every default was chosen on measured data; see docs/decisions/.
struct EstimatorOptions {
  Status Validate() const;
};

}  // namespace nightjar
