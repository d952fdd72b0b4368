// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/keyframe.h"
#include "core/result.h"
#include "spatial/session.h"

namespace nightjar {

/// keyframes.jsonl: one line per keyframe that says all that is known of it, so that a single line
/// is spatial context that stands by itself. Fields and units: docs/formats/session.md. What is not
/// known is null, never zero.
std::string KeyframePackets(const Session& session);

/// The time, pose, velocity and pose covariance of every line of a keyframes.jsonl: exactly what
/// was written. The blocks of the covariance that the packets do not carry are zero. `where` names
/// the file in errors (kUnusableInput, with the line).
Result<std::vector<Keyframe>> ParseKeyframePackets(std::string_view lines,
                                                   const std::string& where);

}  // namespace nightjar
