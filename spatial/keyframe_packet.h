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

/// What the lines of a keyframes.jsonl say: exactly what was written.
struct KeyframePacketContent {
  /// The blocks of the covariance that the packets do not carry are zero; maps are numbered from 0
  /// as they appear.
  std::vector<Keyframe> keyframes;
  std::vector<SessionIds> ids;      // of those maps
  std::vector<KeyframeView> views;  // one per keyframe, or none where the scene is not known
  std::vector<KeyframeImage> images;
  std::vector<KeyframeDepth> depth;
};

/// `rig` has the cameras that the packets name. `where` names the file in errors (kUnusableInput,
/// with the line).
Result<KeyframePacketContent> ParseKeyframePackets(std::string_view lines, const std::string& where,
                                                   const Rig& rig);

/// The time, pose, velocity and pose covariance of every line of a keyframes.jsonl: exactly what
/// was written. The blocks of the covariance that the packets do not carry are zero. `where` names
/// the file in errors (kUnusableInput, with the line).
Result<std::vector<Keyframe>> ParseKeyframePackets(std::string_view lines,
                                                   const std::string& where);

}  // namespace nightjar
