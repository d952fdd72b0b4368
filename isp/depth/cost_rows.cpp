// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/cost_rows.h"

namespace nightjar {
namespace {

class RowByRow : public CostRowReader {
 public:
  explicit RowByRow(const CostRows& costs) : costs_(costs) {}
  void Row(int y, int stride, uint8_t* costs) override { costs_.Row(y, stride, costs); }

 private:
  const CostRows& costs_;
};

}  // namespace

std::unique_ptr<CostRowReader> CostRows::Reader() const {
  return std::make_unique<RowByRow>(*this);
}

}  // namespace nightjar
