// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/semi_global_aggregation.h"

#include <algorithm>
#include <cmath>
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

// All sums of one direction are kept: both sweeps begin at their ends and meet in the middle, from
// where each finds the other's sums.
void SweepWhole(const SweepPlan& plan, const RunTasks& run, LevelWinner& winner) {
  const LargeMemory sums = AllocateLarge(plan.row_bytes() * static_cast<size_t>(plan.height));
  const auto sums_of = [&](int y) {
    return sums.get() + plan.row_bytes() * static_cast<size_t>(y);
  };
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
}

// Sums of one strip of rows at a time: the way down is gone once to see with which paths each strip
// begins, and again, strip by strip from the last one, for its sums. While a strip is finished, the
// one above it is prepared.
void SweepStrips(const SweepPlan& plan, int strip_rows, const RunTasks& run, LevelWinner& winner) {
  std::vector<PathSweep> begins;
  std::vector<uint8_t> mine(plan.row_bytes());
  for (PathSweep down(plan, false); down.next_row() < plan.height;) {
    if (down.next_row() % strip_rows == 0) begins.push_back(down);
    down.Advance(mine.data());
  }
  const size_t strip_bytes = plan.row_bytes() * static_cast<size_t>(strip_rows);
  LargeMemory ready = AllocateLarge(strip_bytes), next = AllocateLarge(strip_bytes);
  const auto prepare = [&] {
    PathSweep& down = begins.back();
    const int last = std::min(plan.height, down.next_row() + strip_rows);
    for (uint8_t* row = next.get(); down.next_row() < last; row += plan.row_bytes())
      down.Advance(row);
    begins.pop_back();
  };
  PathSweep up(plan, true);
  LevelWinner::Scratch scratch(plan);
  const auto finish = [&] {
    const int first = up.next_row() / strip_rows * strip_rows;
    for (int y = up.next_row(); y >= first; y = up.next_row()) {
      up.Advance(mine.data());
      winner.FindRow(y, up.costs(), mine.data(),
                     ready.get() + plan.row_bytes() * static_cast<size_t>(y - first), scratch);
    }
  };
  prepare();
  while (up.next_row() >= 0) {
    std::swap(ready, next);
    const std::function<void()> tasks[2] = {finish, prepare};
    run(std::span(tasks, begins.empty() ? 1 : 2));
  }
}

// Rows of a strip such that two strips, and the paths with which each begins, fit.
int StripRows(const SweepPlan& plan) {
  const double row = static_cast<double>(plan.row_bytes());
  const double rows = static_cast<double>(plan.options.most_bytes) / row;
  // 2 s + 4 height / s is least where s = sqrt(2 height): less than that helps nobody.
  const double least = std::sqrt(2.0 * plan.height);
  const double space = rows * rows - 32.0 * plan.height;
  const double strip = space > 0 ? (rows + std::sqrt(space)) / 4 : least;
  return std::clamp(static_cast<int>(std::max(strip, least)), 1, plan.height);
}

}  // namespace

void RunInTurn(std::span<const std::function<void()>> tasks) {
  for (const auto& task : tasks) task();
}

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

Result<LevelMap> AggregateSemiGlobally(const CostRows& costs, const Image<uint8_t>& guide,
                                       const SemiGlobalOptions& options, bool with_other,
                                       const RunTasks& run) {
  return AggregateSemiGlobally(costs, guide, options, with_other, run, BestRowKernels());
}

Result<LevelMap> AggregateSemiGlobally(const CostRows& costs, const Image<uint8_t>& guide,
                                       const SemiGlobalOptions& options, bool with_other,
                                       const RunTasks& run, const RowKernels& kernels) {
  if (Status status = options.Validate(); !status) return tl::unexpected(status.error());
  if (Status status = CheckSizes(costs, guide); !status) return tl::unexpected(status.error());
  const SweepPlan plan(costs, guide, options, kernels);
  LevelWinner winner(plan, with_other);
  if (plan.row_bytes() * static_cast<size_t>(plan.height) <= options.most_bytes) {
    SweepWhole(plan, run, winner);
  } else {
    SweepStrips(plan, StripRows(plan), run, winner);
  }
  return winner.Take();
}

}  // namespace nightjar
