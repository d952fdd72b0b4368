// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/stereo_steps.h"

#include <algorithm>

#include "isp/depth/disparity_checks.h"
#include "isp/depth/row_kernels.h"
#include "isp/depth/smoothed_costs.h"
#include "isp/depth/stereo_costs.h"
#include "isp/frame_checks.h"

namespace nightjar {

Status FindDisparities(const StereoPair& pair, const DenseStereoOptions& options,
                       const RunTasks& run, StereoMemory& memory, Image<float>& disparity_px) {
  const StereoCosts pixels(pair.left, pair.right, options.disparities, pair.dead_zone,
                           memory.planes, run);
  const SmoothedCosts costs(pixels, pair.smoothing_radius);
  LevelMap& levels = memory.levels;
  if (Status status = AggregateSemiGlobally(costs, pair.left.light, options.aggregation, true, run,
                                            BestRowKernels(), memory.sums, levels);
      !status)
    return status;
  const int height = pixels.height();
  disparity_px = Image<float>(pixels.width(), height);
  Fit(pixels.width(), height, memory.source);
  RunInBands(height, run, [&](int first, int end) {
    SmoothAndCheck(levels, options.most_left_right_difference, options.least_margin, first, end,
                   memory.source, disparity_px);
  });
  if (options.smallest_piece > 0) {
    // Means over squares make one error as large as they are.
    const int side = pair.smoothing_radius > 0 ? 2 * pair.smoothing_radius + 1 : 0;
    DropSmallPieces(std::max(options.smallest_piece, 3 * side * side), options.piece_step,
                    disparity_px);
  }
  return {};
}

}  // namespace nightjar
