// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/stereo_costs.h"

#include <algorithm>
#include <array>
#include <vector>

namespace nightjar {
namespace {

constexpr int kReach = 2;  // px, of the census
constexpr uint8_t kLightLimit = 20, kLightShift = 1;

// Rows around one, with kReach pixels more at either end; borders repeat. Moves downwards.
class Window {
 public:
  Window(const Image<uint16_t>& image, int first) : image_(image) {
    for (auto& row : rows_) row.resize(static_cast<size_t>(image.width() + 2 * kReach));
    for (int dy = -kReach; dy < kReach; ++dy) Fetch(first + dy, rows_[dy + kReach + 1]);
  }
  // Row y + dy, from kReach pixels before its first one, once the window is at y.
  const uint16_t* Row(int dy) const { return rows_[dy + kReach].data(); }
  void MoveTo(int y) {
    std::ranges::rotate(rows_, rows_.begin() + 1);
    Fetch(y + kReach, rows_.back());
  }

 private:
  void Fetch(int y, std::vector<uint16_t>& row) const {
    const int width = image_.width();
    const uint16_t* from = &image_(0, std::clamp(y, 0, image_.height() - 1));
    std::fill_n(row.begin(), kReach, from[0]);
    std::copy_n(from, width, row.begin() + kReach);
    std::fill_n(row.end() - kReach, kReach, from[width - 1]);
  }
  const Image<uint16_t>& image_;
  std::array<std::vector<uint16_t>, 2 * kReach + 1> rows_;
};

// Rows first .. end - 1 of the planes, `stride` bytes each.
void FillPlanes(const StereoPicture& picture, int dead_zone, const RowKernels& kernels, int first,
                int end, size_t stride, uint8_t* const (&planes)[kCostPlanes]) {
  Window window(picture.fine, first);
  CensusRow row;
  row.width = picture.fine.width();
  row.dead_zone = static_cast<uint16_t>(dead_zone);
  for (int y = first; y < end; ++y) {
    window.MoveTo(y);
    for (int dy = -kReach; dy <= kReach; ++dy) row.rows[dy + kReach] = window.Row(dy);
    const size_t at = stride * static_cast<size_t>(y);
    for (int p = 0; p < kCostPlanes - 1; ++p) row.bits[p] = planes[p] + at;
    kernels.census(row);
    std::copy_n(&picture.light(0, y), row.width, planes[kCostPlanes - 1] + at);
  }
}

}  // namespace

StereoCosts::StereoCosts(const StereoPicture& left, const StereoPicture& right, int levels,
                         int dead_zone, LargeBlock& memory, const RunTasks& run,
                         const RowKernels& kernels)
    : width_(left.fine.width()),
      height_(left.fine.height()),
      levels_(levels),
      right_width_(width_ + kMostLevels),
      kernels_(&kernels) {
  const size_t left_bytes = static_cast<size_t>(width_) * height_;
  const size_t right_bytes = static_cast<size_t>(right_width_) * height_;
  uint8_t* next = memory.AtLeast(kCostPlanes * (left_bytes + right_bytes));
  uint8_t *lefts[kCostPlanes], *rights[kCostPlanes];
  for (int p = 0; p < kCostPlanes; ++p) {
    left_[p] = lefts[p] = next;
    right_[p] = rights[p] = next + left_bytes;
    next += left_bytes + right_bytes;
  }
  RunInBands(height_, run, [&](int first, int end) {
    FillPlanes(left, dead_zone, kernels, first, end, static_cast<size_t>(width_), lefts);
    FillPlanes(right, dead_zone, kernels, first, end, static_cast<size_t>(right_width_), rights);
    for (uint8_t* plane : rights) {
      for (int y = first; y < end; ++y) {
        uint8_t* row = plane + static_cast<size_t>(right_width_) * y;
        std::reverse(row, row + width_);
        std::fill(row + width_, row + right_width_, row[width_ - 1]);
      }
    }
  });
}

void StereoCosts::Row(int y, int stride, uint8_t* costs) const {
  PairRow row;
  row.width = width_;
  row.stride = stride;
  for (int p = 0; p < kCostPlanes; ++p) {
    row.left[p] = left_[p] + static_cast<size_t>(y) * width_;
    row.right[p] = right_[p] + static_cast<size_t>(y) * right_width_;
  }
  row.light_limit = kLightLimit;
  row.light_shift = kLightShift;
  row.costs = costs;
  kernels_->pair_costs(row);
}

}  // namespace nightjar
