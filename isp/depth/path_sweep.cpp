// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/path_sweep.h"

#include <algorithm>
#include <cstdlib>

namespace nightjar {

SweepPlan::SweepPlan(const CostRows& rows, const Image<uint8_t>& picture,
                     const SemiGlobalOptions& wanted, const RowKernels& row_kernels)
    : costs(&rows),
      guide(&picture),
      options(wanted),
      kernels(&row_kernels),
      width(rows.width()),
      height(rows.height()),
      stride((rows.levels() + kRecordUnit - 1) / kRecordUnit * kRecordUnit) {
  const int low = options.large_step_at_edge, range = options.large_step - low;
  for (int i = 0; i < 256; ++i) {
    large_step[i] =
        static_cast<uint8_t>(low + range * options.edge_contrast / (options.edge_contrast + i));
  }
  const int in_last_unit = rows.levels() - (stride - kRecordUnit);
  for (int i = 0; i < kRecordUnit; ++i) {
    behind[i] = i < in_last_unit ? 0 : 255;
    last[i] = i + 1 < in_last_unit ? 0 : 255;
  }
}

PathSweep::PathSweep(const SweepPlan& plan, bool backwards)
    : plan_(&plan),
      backwards_(backwards),
      row_(backwards ? plan.height - 1 : 0),
      reader_(plan.costs->Reader()) {
  costs_.resize(plan.row_bytes());
  // A path that begins is one that was nowhere before: all zero.
  states_[0].resize(plan.stride + 2 * kRecordGuard);
  for (int i = 1; i < (plan.options.paths == 8 ? 4 : 2); ++i)
    states_[i].resize(plan.row_bytes() + 2 * kRecordGuard);
  for (auto& prices : large_step_) prices.resize(plan.width);
}

void PathSweep::Save(uint8_t* state) const {
  for (int i = 1; i < (plan_->options.paths == 8 ? 4 : 2); ++i)
    state = std::copy_n(states_[i].data() + kRecordGuard, plan_->row_bytes(), state);
}

void PathSweep::Restore(int row, const uint8_t* state) {
  row_ = row;
  taken_ = backwards_ ? plan_->height - 1 - row : row;
  for (int i = 1; i < (plan_->options.paths == 8 ? 4 : 2); ++i) {
    std::copy_n(state, plan_->row_bytes(), states_[i].data() + kRecordGuard);
    state += plan_->row_bytes();
  }
}

// Of a step of each path into this row, by u.
void PathSweep::FindLargeSteps() {
  const Image<uint8_t>& guide = *plan_->guide;
  const int width = plan_->width, back = backwards_ ? 1 : -1;
  const uint8_t* here = &guide(0, row_);
  const uint8_t* before = taken_ == 0 ? here : &guide(0, row_ + back);
  const auto price = [this](int a, int b) { return plan_->large_step[std::abs(a - b)]; };
  for (int u = 0; u < width; ++u) {
    const int x = backwards_ ? width - 1 - u : u;
    // Beyond the borders there is nothing to step from, and no price matters.
    const int from = std::clamp(x + back, 0, width - 1), ahead = std::clamp(x - back, 0, width - 1);
    large_step_[0][u] = price(here[x], here[from]);
    large_step_[1][u] = price(here[x], before[x]);
    large_step_[2][u] = price(here[x], before[from]);
    large_step_[3][u] = price(here[x], before[ahead]);
  }
}

void PathSweep::Advance(uint8_t* sums) {
  const int width = plan_->width;
  reader_->Row(row_, plan_->stride, costs_.data());
  FindLargeSteps();
  SweptRow row;
  row.width = width;
  row.stride = plan_->stride;
  row.backwards = backwards_;
  row.costs = costs_.data();
  row.sums = sums;
  row.small_step = static_cast<uint8_t>(plan_->options.small_step);
  for (int i = 0; i < 4; ++i) {
    row.large_step[i] = large_step_[i].data();
    row.states[i] = states_[i].data() + kRecordGuard;
  }
  row.behind = plan_->behind.data();
  row.last = plan_->last.data();
  const int moved = taken_ % width;
  row.first[0] = moved == 0 ? 0 : width - moved;
  row.first[1] = moved;
  if (plan_->options.paths == 8) {
    // Where a diagonal enters from the side another one has left.
    const int entering[2] = {row.first[0], (moved + width - 1) % width};
    for (int i = 0; i < 2; ++i) {
      uint8_t* record = row.states[2 + i] + static_cast<size_t>(entering[i]) * plan_->stride;
      std::fill_n(record, plan_->stride, uint8_t{0});
    }
    plan_->kernels->sweep8(row);
  } else {
    plan_->kernels->sweep4(row);
  }
  ++taken_;
  row_ += backwards_ ? -1 : 1;
}

}  // namespace nightjar
