// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <optional>
#include <span>

#include "apps/pipeline/depth_source.h"
#include "calibration/rig.h"
#include "core/depth_map.h"
#include "core/result.h"
#include "core/se3.h"

namespace nightjar {

/// The light of neighbouring frames, brought into a keyframe's two pictures before they are
/// matched. In the dark one exposure has too little of it: noise drowns the texture by which one
/// picture is found in the other. Two frames before and behind have five times as much, if they are
/// brought over each other to a fraction of a pixel although the cameras move.

/// How noisy a frame is: 1 sigma of its noise at its mean light, as a share of that light. 0 where
/// nothing is known of its noise, and of mosaics, which are not gathered: the noise of their grey
/// is not white, as the test of agreement takes it to be.
double NoiseShare(const MatchedFrame& frame);

/// How the body moved: T_b_a takes points from its frame at time a to that at time b (m); nothing
/// where it is not known.
using Move = std::function<std::optional<Se3>(SensorTime a, SensorTime b)>;

/// The keyframe's pair with what `others` add to it, nearest in time first. Each camera's frames
/// are brought over its keyframe's: by the depth that a first matching found, through the poses
/// (DepthMotionField), then as the pictures say (AlignFrames); and added as far as they agree
/// within their noise (FuseFrames): what moves by itself, or lies beside an outline, stays the
/// keyframe's own. `depth`: of the reference camera's view at the keyframe.
///
/// The noise of a gathered frame is the recorded one times s^1.25, s the mean share of the variance
/// that is left: what a cubic interpolation into the rectified view and a mean of shifted frames
/// leave is coarser than white noise, and matches better when told for less
/// (docs/maths/depth-maps.md). Frames of another exposure or noise, or from times of which no pose
/// is known, add nothing; where none does the pair is the keyframe's.
Result<MatchedPair> GatherPair(const Rig& rig, int partner, const MatchedPair& keyframe,
                               std::span<const MatchedPair* const> others, const DepthMap& depth,
                               const Move& move);

}  // namespace nightjar
