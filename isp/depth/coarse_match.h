// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "isp/depth/run_tasks.h"
#include "isp/depth/stereo_pictures.h"

namespace nightjar {

/// A pair matched at a fraction of its size, by comparisons of neighbours alone: what it takes to
/// see how the two pictures belong together, in a few hundredths of the time.
struct CoarseMatch {
  int shrink = 1;             // pixels of the pictures to one of these, along either axis
  Image<float> disparity_px;  // coarse pixels; +inf where both sides do not agree
  /// Means of light over coarse pixels, in 1/16 of a step.
  Image<uint16_t> left_light, right_light;
  /// Share of coarse pixels that have a disparity, of those that can have all.
  double density = 0;
};

/// Disparities of 0 .. `disparities` px of the pictures are looked for.
Result<CoarseMatch> MatchCoarsely(const StereoPicture& left, const StereoPicture& right,
                                  int disparities, const RunTasks& run);

/// Brings the right picture's light to the left one's: two cameras' exposures and gains are not
/// the same. What both show is compared at seven shares of its pixels, from the darkest to the
/// brightest. Differences of less than 2 steps are left as they are, and so is a pair of which too
/// little is found again.
void EqualiseLight(const CoarseMatch& match, StereoPicture& right);

}  // namespace nightjar
