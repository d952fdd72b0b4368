// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/semi_global_aggregation.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "isp/depth/large_memory.h"
#include "isp/depth/level_winner.h"
#include "isp/depth/path_sweep.h"

namespace nightjar {
namespace {

Status CheckSizes(const CostRows& costs, const Image<uint8_t>& guide) {
  if (costs.width() < 1 || costs.height() < 1)
    return Fail(ErrorKind::kUsage, "costs of no pixel cannot be added up");
  if (costs.levels() < 2 || costs.levels() > kMostLevels) {
    return Fail(ErrorKind::kUsage, "levels of costs must be 2 to " + std::to_string(kMostLevels) +
                                       ", and not " + std::to_string(costs.levels()));
  }
  if (guide.width() == costs.width() && guide.height() == costs.height() &&
      guide.dim(0).stride() == 1)
    return {};
  return Fail(ErrorKind::kUsage, "the guide must have the size of the costs, rows contiguous");
}

// `swept`: rows, each of which is swept twice for its sums.
Status Look(const SweepPlan& plan, int swept) {
  return plan.options.look ? plan.options.look(swept / 2, plan.height) : Status{};
}

// All sums of one direction are kept: both sweeps begin at their ends and meet in the middle, from
// where each finds the other's sums.
Status SweepWhole(const SweepPlan& plan, const RunTasks& run, LargeBlock& memory,
                  LevelWinner& winner) {
  uint8_t* const sums = memory.AtLeast(plan.row_bytes() * static_cast<size_t>(plan.height));
  const auto sums_of = [&](int y) { return sums + plan.row_bytes() * static_cast<size_t>(y); };
  PathSweep down(plan, false), up(plan, true);
  const int middle = plan.height / 2;
  const std::function<void()> towards[2] = {[&] {
                                              while (down.next_row() < middle)
                                                down.Advance(sums_of(down.next_row()));
                                            },
                                            [&] {
                                              while (up.next_row() >= middle)
                                                up.Advance(sums_of(up.next_row()));
                                            }};
  run(towards);
  if (Status status = Look(plan, plan.height); !status) return status;
  const auto finish = [&](PathSweep& sweep) {
    std::vector<uint8_t> mine(plan.row_bytes());
    LevelWinner::Scratch scratch(plan);
    for (int y = sweep.next_row(); y >= 0 && y < plan.height; y = sweep.next_row()) {
      sweep.Advance(mine.data());
      winner.FindRow(y, sweep.costs(), mine.data(), sums_of(y), scratch);
    }
  };
  const std::function<void()> beyond[2] = {[&] { finish(down); }, [&] { finish(up); }};
  run(beyond);
  return Look(plan, 2 * plan.height);
}

struct Strips {
  int rows = 0;      // of each but the last
  size_t bytes = 0;  // of two strips' sums, and of the paths with which each but the first begins
};

// The largest strips that fit into `most_bytes`; where none do, the least memory of all.
Strips FindStrips(size_t row_bytes, size_t state_bytes, int height, size_t most_bytes) {
  Strips least;
  for (int rows = height; rows >= 1; --rows) {
    const size_t begins = static_cast<size_t>((height - 1) / rows);
    const Strips strips = {rows, 2 * row_bytes * static_cast<size_t>(rows) + begins * state_bytes};
    if (strips.bytes <= most_bytes) return strips;
    if (least.rows == 0 || strips.bytes < least.bytes) least = strips;
  }
  return least;
}

// Sums of one strip of rows at a time: the way down is gone once to see with which paths each strip
// begins, and again, strip by strip from the last one, for its sums. While a strip is finished, the
// one above it is prepared.
Status SweepStrips(const SweepPlan& plan, const Strips& strips, const RunTasks& run,
                   LargeBlock& memory, LevelWinner& winner) {
  const size_t strip_bytes = plan.row_bytes() * static_cast<size_t>(strips.rows);
  uint8_t* next = memory.AtLeast(strips.bytes);
  uint8_t* ready = next + strip_bytes;
  uint8_t* const begins = ready + strip_bytes;
  const auto begin_of = [&](int strip) {
    return begins + plan.state_bytes() * static_cast<size_t>(strip - 1);
  };
  int strip = (plan.height - 1) / strips.rows;  // to be prepared next
  std::vector<uint8_t> mine(plan.row_bytes());
  for (PathSweep down(plan, false); down.next_row() < strip * strips.rows;) {
    down.Advance(mine.data());
    if (down.next_row() % strips.rows != 0) continue;
    down.Save(begin_of(down.next_row() / strips.rows));
    if (Status status = Look(plan, down.next_row()); !status) return status;
  }
  const auto prepare = [&] {
    PathSweep down(plan, false);
    if (strip > 0) down.Restore(strip * strips.rows, begin_of(strip));
    const int last = std::min(plan.height, down.next_row() + strips.rows);
    for (uint8_t* row = next; down.next_row() < last; row += plan.row_bytes()) down.Advance(row);
    --strip;
  };
  PathSweep up(plan, true);
  LevelWinner::Scratch scratch(plan);
  const auto finish = [&] {
    const int first = up.next_row() / strips.rows * strips.rows;
    for (int y = up.next_row(); y >= first; y = up.next_row()) {
      up.Advance(mine.data());
      winner.FindRow(y, up.costs(), mine.data(),
                     ready + plan.row_bytes() * static_cast<size_t>(y - first), scratch);
    }
  };
  prepare();
  while (up.next_row() >= 0) {
    std::swap(ready, next);
    const std::function<void()> tasks[2] = {finish, prepare};
    run(std::span(tasks, strip < 0 ? 1 : 2));
    const int left = up.next_row() + 1;
    if (Status status = Look(plan, 2 * plan.height - left); !status) return status;
  }
  return {};
}

}  // namespace

Status SemiGlobalOptions::Validate() const {
  if (paths != 4 && paths != 8)
    return Fail(ErrorKind::kUsage, "paths of the aggregation must be 4 or 8");
  if (small_step < 1 || small_step > 60)
    return Fail(ErrorKind::kUsage, "small_step of the aggregation must be 1 to 60");
  if (large_step < small_step || large_step > 63)
    return Fail(ErrorKind::kUsage, "large_step of the aggregation must be small_step to 63");
  if (large_step_at_edge < small_step || large_step_at_edge > large_step)
    return Fail(ErrorKind::kUsage,
                "large_step_at_edge of the aggregation must be small_step to large_step");
  if (edge_contrast < 1 || edge_contrast > 255)
    return Fail(ErrorKind::kUsage, "edge_contrast of the aggregation must be 1 to 255");
  if (most_bytes >= (size_t{1} << 20)) return {};
  return Fail(ErrorKind::kUsage, "most_bytes of the aggregation must be 1048576 or more");
}

size_t LeastBytesOfSums(int width, int height, int levels, int paths) {
  const size_t row = SweepPlan::RowBytes(width, levels);
  const size_t whole = row * static_cast<size_t>(height);
  return std::min(whole, FindStrips(row, SweepPlan::StateBytes(row, paths), height, 0).bytes);
}

Result<LevelMap> AggregateSemiGlobally(const CostRows& costs, const Image<uint8_t>& guide,
                                       const SemiGlobalOptions& options, bool with_other,
                                       const RunTasks& run) {
  LargeBlock memory;
  LevelMap map;
  const Status status =
      AggregateSemiGlobally(costs, guide, options, with_other, run, BestRowKernels(), memory, map);
  if (!status) return tl::unexpected(status.error());
  return map;
}

Status AggregateSemiGlobally(const CostRows& costs, const Image<uint8_t>& guide,
                             const SemiGlobalOptions& options, bool with_other, const RunTasks& run,
                             const RowKernels& kernels, LargeBlock& memory, LevelMap& map) {
  if (Status status = options.Validate(); !status) return status;
  if (Status status = CheckSizes(costs, guide); !status) return status;
  const SweepPlan plan(costs, guide, options, kernels);
  const bool whole = plan.row_bytes() * static_cast<size_t>(plan.height) <= options.most_bytes;
  const Strips strips =
      whole ? Strips{}
            : FindStrips(plan.row_bytes(), plan.state_bytes(), plan.height, options.most_bytes);
  if (strips.bytes > options.most_bytes) {
    return Fail(ErrorKind::kUsage,
                "the sums of " + std::to_string(plan.width) + " x " + std::to_string(plan.height) +
                    " px and " + std::to_string(costs.levels()) +
                    " levels do not fit into most_bytes of the aggregation: " +
                    std::to_string(
                        LeastBytesOfSums(plan.width, plan.height, costs.levels(), options.paths)) +
                    " is the least");
  }
  LevelWinner winner(plan, with_other, map);
  return whole ? SweepWhole(plan, run, memory, winner)
               : SweepStrips(plan, strips, run, memory, winner);
}

}  // namespace nightjar
