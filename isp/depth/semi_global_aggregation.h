// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>

#include "core/image.h"
#include "core/result.h"
#include "isp/depth/cost_rows.h"
#include "isp/depth/large_memory.h"
#include "isp/depth/run_tasks.h"

namespace nightjar {

struct SemiGlobalOptions {
  /// 4 (along rows and columns) or 8 (diagonals too).
  int paths = 8;
  /// Price of a step of one level between neighbours, in units of the costs, 1 .. 60: slanted
  /// surfaces pay it.
  int small_step = 5;
  /// Price of a larger step where the guide is flat, small_step .. 63. 63 is what four paths' sums
  /// may have for a byte to hold them.
  int large_step = 63;
  /// Price of a larger step across the strongest edge of the guide, small_step .. large_step.
  int large_step_at_edge = 10;
  /// Difference of neighbouring values of the guide at which the price of a large step has come
  /// halfway down, 1 .. 255.
  int edge_contrast = 12;
  /// Most bytes that the sums may take, with the paths that are kept to go on from, >= 1 MiB. More
  /// rows than fit are done in strips, each of which computes one direction twice; the result is
  /// the same. Strips of h rows need about sqrt(24 h) rows of sums (with 8 paths): 4000 x 3000 px
  /// of 256 levels 276 MB.
  size_t most_bytes = size_t{320} << 20;

  /// Asked from the caller's thread now and then with how many of all rows have their sums; an
  /// error ends the work with it. Empty: nobody wants to know.
  std::function<Status(int64_t rows, int64_t of)> look;

  Status Validate() const;
};

/// The least most_bytes that is enough, whatever Validate says of it.
size_t LeastBytesOfSums(int width, int height, int levels, int paths);

/// The best level of every pixel, and how sure it is. Costs here are sums over all paths, divided
/// by their number.
struct LevelMap {
  Image<float> level;  // with its fraction, 0 .. levels - 1
  /// Sum at the best level, in units of one cost.
  Image<float> cost;
  /// Rise of the sum over one level to either side, their mean, >= 0: the second difference of the
  /// sums is twice this. 0 where the best level is the first or the last one.
  Image<float> curvature;
  /// How much more the best level further away than one costs, >= 0: small where there are two
  /// answers.
  Image<float> margin;
  /// For each pixel (x', y) of the other picture of a rectified pair, the level d of least sum of
  /// all pixels (x' + d, y): the disparity map of the right picture from the same sums. -1 where
  /// there is none. Empty unless asked for.
  Image<int16_t> other_level;
};

/// Semi-global matching (Hirschmueller, "Stereo Processing by Semiglobal Matching and Mutual
/// Information", PAMI 2008): per pixel and level the sum over paths r of
///
///   L_r(p, d) = C(p, d) + min(L(p-r, d), L(p-r, d -+ 1) + small_step, min_k L(p-r, k) +
///   large_step)
///               - min_k L(p-r, k)
///
/// `guide`: 8-bit picture of the same size, at whose edges large steps are cheap. `with_other`:
/// fill LevelMap::other_level. All integers: the same bytes on every machine, any number of threads
/// and strips. With two tasks at once one half is swept downwards while the other is swept upwards.
/// kUsage when sizes do not fit, options are out of range or most_bytes is too little even for
/// strips (the error names what is enough).
Result<LevelMap> AggregateSemiGlobally(const CostRows& costs, const Image<uint8_t>& guide,
                                       const SemiGlobalOptions& options, bool with_other,
                                       const RunTasks& run = RunInTurn);

/// The same with given kernels, to compare them, in memory that the caller keeps: of `memory` no
/// more than most_bytes are taken, and the images of `map` are used again where their size fits.
struct RowKernels;
Status AggregateSemiGlobally(const CostRows& costs, const Image<uint8_t>& guide,
                             const SemiGlobalOptions& options, bool with_other, const RunTasks& run,
                             const RowKernels& kernels, LargeBlock& memory, LevelMap& map);

}  // namespace nightjar
