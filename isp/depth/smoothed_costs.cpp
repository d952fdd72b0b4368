// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/smoothed_costs.h"

#include <algorithm>
#include <cstdlib>
#include <optional>
#include <vector>

namespace nightjar {
namespace {

// Keeps the rows that the sums over columns are made of: the next row is one that enters and one
// that leaves.
class MovingMeans : public CostRowReader {
 public:
  MovingMeans(const CostRows& costs, int radius, const RowKernels& kernels)
      : costs_(costs), reader_(costs.Reader()), radius_(radius), kernels_(kernels) {}

  void Row(int y, int stride, uint8_t* costs) override {
    const size_t bytes = static_cast<size_t>(stride) * costs_.width();
    if (bytes == bytes_ && at_ && std::abs(y - *at_) == 1) {
      Move(y > *at_ ? 1 : -1, stride);
    } else {
      Begin(y, stride, bytes);
    }
    MeanRow row;
    row.width = costs_.width();
    row.stride = stride;
    row.radius = radius_;
    row.columns = columns_.data();
    row.means = costs;
    kernels_.mean_of_columns(row);
  }

 private:
  // Where row y is, if it is one of those kept. One row more than a square is high: what enters
  // must not be what leaves.
  uint8_t* Kept(int y) {
    return rows_.data() + bytes_ * static_cast<size_t>(y % (2 * radius_ + 2));
  }
  int Inside(int y) const { return std::clamp(y, 0, costs_.height() - 1); }

  void Begin(int y, int stride, size_t bytes) {
    bytes_ = bytes;
    rows_.resize(bytes * static_cast<size_t>(2 * radius_ + 2));
    columns_.assign(bytes, 0);
    const std::vector<uint8_t> nothing(bytes);
    for (int dy = -radius_; dy <= radius_; ++dy) {
      const int from = Inside(y + dy);
      if (dy == -radius_ || from != Inside(y + dy - 1)) reader_->Row(from, stride, Kept(from));
      kernels_.move_columns(static_cast<int>(bytes), Kept(from), nothing.data(), columns_.data());
    }
    at_ = y;
  }

  void Move(int step, int stride) {
    const int enters = *at_ + step * (radius_ + 1), leaves = *at_ - step * radius_;
    if (enters == Inside(enters)) reader_->Row(enters, stride, Kept(enters));
    kernels_.move_columns(static_cast<int>(bytes_), Kept(Inside(enters)), Kept(Inside(leaves)),
                          columns_.data());
    *at_ += step;
  }

  const CostRows& costs_;
  std::unique_ptr<CostRowReader> reader_;
  int radius_;
  const RowKernels& kernels_;
  std::optional<int> at_;
  size_t bytes_ = 0;
  std::vector<uint8_t> rows_;
  std::vector<uint16_t> columns_;
};

}  // namespace

std::unique_ptr<CostRowReader> SmoothedCosts::Reader() const {
  if (radius_ == 0) return costs_.Reader();
  return std::make_unique<MovingMeans>(costs_, radius_, kernels_);
}

}  // namespace nightjar
