// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "isp/depth/cost_rows.h"
#include "isp/depth/row_kernels.h"

namespace nightjar {

/// Means of other costs over squares of 2 radius + 1 px, each level by itself, rounded; beyond the
/// borders they repeat. A larger support is what noise is held against, at the price of thin
/// things. A reader takes each row of the other costs once; Row() takes 2 radius + 1.
class SmoothedCosts : public CostRows {
 public:
  /// `costs` outlives this. `radius` 0 .. 7.
  SmoothedCosts(const CostRows& costs, int radius, const RowKernels& kernels = BestRowKernels())
      : costs_(costs), radius_(radius), kernels_(kernels) {}

  int width() const override { return costs_.width(); }
  int height() const override { return costs_.height(); }
  int levels() const override { return costs_.levels(); }
  void Row(int y, int stride, uint8_t* costs) const override { Reader()->Row(y, stride, costs); }
  std::unique_ptr<CostRowReader> Reader() const override;

 private:
  const CostRows& costs_;
  int radius_;
  const RowKernels& kernels_;
};

}  // namespace nightjar
