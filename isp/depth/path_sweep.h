// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "core/image.h"
#include "isp/depth/cost_rows.h"
#include "isp/depth/row_kernels.h"
#include "isp/depth/semi_global_aggregation.h"

namespace nightjar {

/// What all sweeps over one pair have in common.
struct SweepPlan {
  const CostRows* costs = nullptr;
  const Image<uint8_t>* guide = nullptr;
  SemiGlobalOptions options;
  const RowKernels* kernels = nullptr;
  int width = 0, height = 0, stride = 0;
  std::array<uint8_t, 256> large_step = {};  // by the difference of neighbours of the guide
  std::array<uint8_t, kRecordUnit> behind = {}, last = {};

  SweepPlan(const CostRows& costs, const Image<uint8_t>& guide, const SemiGlobalOptions& options,
            const RowKernels& kernels);
  static size_t RowBytes(int width, int levels) {
    return static_cast<size_t>(width) * ((levels + kRecordUnit - 1) / kRecordUnit * kRecordUnit);
  }
  static size_t StateBytes(size_t row_bytes, int paths) { return row_bytes * (paths == 8 ? 3 : 1); }

  size_t row_bytes() const { return static_cast<size_t>(width) * stride; }
  /// Of the paths that come from the row before.
  size_t state_bytes() const { return StateBytes(row_bytes(), options.paths); }
};

/// Half of the paths: those that come from above (or, backwards, from below) and from one side.
/// Rows are taken one after the other.
class PathSweep {
 public:
  PathSweep(const SweepPlan& plan, bool backwards);

  /// The row that comes next; -1 or the height behind the last one.
  int next_row() const { return row_; }
  /// Takes the next row, whose paths' costs above the pixels' own go into `sums` (row_bytes()).
  void Advance(uint8_t* sums);
  /// What the sweep is at the row that comes next, as bytes of which nobody else knows the
  /// meaning: state_bytes() of the plan.
  void Save(uint8_t* state) const;
  /// Goes on where another sweep in the same direction saved `state` before row `row`.
  void Restore(int row, const uint8_t* state);
  /// Costs of the row taken last.
  const uint8_t* costs() const { return costs_.data(); }

 private:
  void FindLargeSteps();

  const SweepPlan* plan_;
  bool backwards_;
  int row_, taken_ = 0;
  std::unique_ptr<CostRowReader> reader_;
  std::vector<uint8_t> costs_;
  std::array<std::vector<uint8_t>, 4> states_, large_step_;
};

}  // namespace nightjar
