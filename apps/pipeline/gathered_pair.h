// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <deque>
#include <functional>
#include <optional>

#include "apps/pipeline/depth_source.h"
#include "calibration/rig.h"
#include "core/depth_map.h"
#include "core/se3.h"

namespace nightjar {

using PoseOf = std::function<std::optional<Se3>(SensorTime)>;

Result<MatchedFrame> GatherFrame(const RigCamera& camera, const std::vector<const MatchedFrame*>& frames,
                                 const std::vector<MotionField>& expected);

/// frames[0] the keyframe's.
Result<MatchedPair> GatherPair(const Rig& rig, int partner, const std::vector<const MatchedPair*>& pairs,
                               const PoseOf& pose, const DepthMap* depth);

}  // namespace nightjar
