// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "isp/depth/dense_stereo.h"
#include "isp/depth/large_memory.h"

namespace nightjar {

/// What matching a pair takes, kept for the next one: touching memory for the first time would take
/// a fifth of the time.
struct StereoMemory {
  StereoPair pair;
  LargeBlock planes, sums;
  LevelMap levels;
  Image<uint8_t> source;    // SourceOf
  double share_at_end = 0;  // DisparityMap's
};

/// The disparities of a prepared pair, without their sigmas; `memory.levels` and
/// `memory.source` are what they were taken from.
Status FindDisparities(const StereoPair& pair, const DenseStereoOptions& options,
                       const RunTasks& run, StereoMemory& memory, Image<float>& disparity_px);

}  // namespace nightjar
