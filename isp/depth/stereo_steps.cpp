// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/stereo_steps.h"

#include <algorithm>
#include <numeric>
#include <vector>

#include "isp/depth/disparity_checks.h"
#include "isp/depth/row_kernels.h"
#include "isp/depth/smoothed_costs.h"
#include "isp/depth/stereo_costs.h"
#include "isp/frame_checks.h"

namespace nightjar {
namespace {

// A best level within 1 px of the last one may only be the least bad of those that were looked for:
// what is nearer than the range ends there.
void DropEndOfRange(int disparities, int first, int end, Image<float>& disparity_px,
                    std::vector<int>& dropped) {
  const float last = static_cast<float>(disparities) - 2;
  for (int y = first; y < end; ++y) {
    float* row = &disparity_px(0, y);
    for (int x = 0; x < disparity_px.width(); ++x) {
      if (!IsKnown(row[x]) || row[x] < last) continue;
      row[x] = kNoDisparity;
      ++dropped[static_cast<size_t>(y)];
    }
  }
}

}  // namespace

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
  std::vector<int> at_end(static_cast<size_t>(height));
  RunInBands(height, run, [&](int first, int end) {
    SmoothAndCheck(levels, options.most_left_right_difference, options.least_margin, first, end,
                   memory.source, disparity_px);
    DropEndOfRange(options.disparities, first, end, disparity_px, at_end);
  });
  memory.share_at_end =
      static_cast<double>(std::accumulate(at_end.begin(), at_end.end(), int64_t{0})) /
      static_cast<double>(disparity_px.number_of_elements());
  if (options.smallest_piece > 0) {
    // Means over squares make one error as large as they are.
    const int side = pair.smoothing_radius > 0 ? 2 * pair.smoothing_radius + 1 : 0;
    DropSmallPieces(std::max(options.smallest_piece, 3 * side * side), options.piece_step,
                    disparity_px);
  }
  return {};
}

}  // namespace nightjar
