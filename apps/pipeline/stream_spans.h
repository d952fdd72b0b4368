// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "data/sensor_log.h"

namespace nightjar {

/// One sentence for every stream that begins half a second or more after another one that it is
/// needed with, or ends that much before it: a sensor that died, or was switched on late. `counts`
/// are those of a log that was read to its end; `reference` is the stream whose frames the
/// trajectory has rows for.
std::vector<std::string> SpanWarnings(const std::vector<StreamCounts>& counts,
                                      const std::string& reference);

}  // namespace nightjar
