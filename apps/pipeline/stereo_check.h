// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "apps/pipeline/depth_source.h"
#include "apps/pipeline/keyframe_depth.h"
#include "core/result.h"
#include "spatial/session.h"

namespace nightjar {

/// What is found of two cameras; each a line, empty: nothing.
struct StereoFitness {
  std::string unfit;    // why depth of theirs would be wrong
  std::string warning;  // what costs matches, where they are fit
};

/// Whether two cameras lie to each other as the rig says, from the first keyframes' own pairs once
/// they are rectified (PairCheck): as many as it takes to tell, 3 .. 12. Which mistake it is, where
/// they do not, the pictures as they came say (StereoInspection). An angle between the cameras
/// that is wrong within the plane of their baseline and axes leaves rows where they are, and is
/// not seen. Reads the log up to there; frames are developed by a developer of its own, of which
/// depth does not learn. kTryAgain when cancelled.
Result<StereoFitness> CheckKeyframePairs(const Session& session,
                                         const KeyframeDepthOptions& options,
                                         const MatchDevelopment& development,
                                         const StereoDepth& stereo, const RunTasks& run);

}  // namespace nightjar
