// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/stereo_costs.h"

#include <algorithm>

namespace nightjar {
namespace {

constexpr int kReach = 2;  // px, of the census
constexpr uint8_t kLightLimit = 20, kLightShift = 1;

// Rows around one, with kReach pixels more at either end; borders repeat.
class Window {
 public:
  explicit Window(const Image<uint16_t>& image) : image_(image) {
    for (auto& row : rows_) row.resize(static_cast<size_t>(image.width() + 2 * kReach));
  }
  // Row y + dy moved by dx, once the window is at y.
  const uint16_t* At(int dx, int dy) const { return rows_[dy + kReach].data() + kReach + dx; }
  void MoveTo(int y) {
    std::ranges::rotate(rows_, rows_.begin() + 1);
    if (y == 0) {
      for (int dy = -kReach; dy < kReach; ++dy) Fetch(dy, rows_[dy + kReach]);
    }
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

// Eight comparisons of each pixel of a row with its neighbours.
void CompareEight(int width, uint16_t dead_zone, const uint16_t* centre,
                  const uint16_t* const* neighbours, uint8_t* out) {
  const uint16_t *a = neighbours[0], *b = neighbours[1], *c = neighbours[2], *d = neighbours[3],
                 *e = neighbours[4], *f = neighbours[5], *g = neighbours[6], *h = neighbours[7];
  for (int x = 0; x < width; ++x) {
    const uint16_t light = static_cast<uint16_t>(centre[x] > dead_zone ? centre[x] - dead_zone : 0);
    const auto bit = [light, x](const uint16_t* row, uint16_t value) -> uint16_t {
      return row[x] < light ? value : uint16_t{0};
    };
    const uint16_t low = bit(a, 1) | bit(b, 2) | bit(c, 4) | bit(d, 8);
    const uint16_t high = bit(e, 16) | bit(f, 32) | bit(g, 64) | bit(h, 128);
    out[x] = static_cast<uint8_t>(low | high);
  }
}

// Row after row of `stride` bytes.
void FillPlanes(const StereoPicture& picture, uint16_t dead_zone, size_t stride,
                std::array<std::vector<uint8_t>, kCostPlanes>& planes) {
  const int width = picture.fine.width(), height = picture.fine.height();
  for (auto& plane : planes) plane.resize(stride * static_cast<size_t>(height));
  Window window(picture.fine);
  for (int y = 0; y < height; ++y) {
    window.MoveTo(y);
    const uint16_t* neighbours[24];
    int count = 0;
    for (int dy = -kReach; dy <= kReach; ++dy) {
      for (int dx = -kReach; dx <= kReach; ++dx) {
        if (dx != 0 || dy != 0) neighbours[count++] = window.At(dx, dy);
      }
    }
    const size_t row = stride * static_cast<size_t>(y);
    for (int p = 0; p < 3; ++p)
      CompareEight(width, dead_zone, window.At(0, 0), neighbours + 8 * p, planes[p].data() + row);
    std::copy_n(&picture.light(0, y), width, planes[3].data() + row);
  }
}

}  // namespace

StereoCosts::StereoCosts(const StereoPicture& left, const StereoPicture& right, int levels,
                         int dead_zone, const RowKernels& kernels)
    : width_(left.fine.width()),
      height_(left.fine.height()),
      levels_(levels),
      right_width_(width_ + kMostLevels),
      kernels_(&kernels) {
  FillPlanes(left, static_cast<uint16_t>(dead_zone), static_cast<size_t>(width_), left_);
  FillPlanes(right, static_cast<uint16_t>(dead_zone), static_cast<size_t>(right_width_), right_);
  for (auto& plane : right_) {
    for (int y = 0; y < height_; ++y) {
      const auto row = plane.begin() + static_cast<ptrdiff_t>(right_width_) * y;
      std::reverse(row, row + width_);
      std::fill(row + width_, row + right_width_, row[width_ - 1]);
    }
  }
}

void StereoCosts::Row(int y, int stride, uint8_t* costs) const {
  PairRow row;
  row.width = width_;
  row.stride = stride;
  for (int p = 0; p < kCostPlanes; ++p) {
    row.left[p] = left_[p].data() + static_cast<size_t>(y) * width_;
    row.right[p] = right_[p].data() + static_cast<size_t>(y) * right_width_;
  }
  row.light_limit = kLightLimit;
  row.light_shift = kLightShift;
  row.costs = costs;
  kernels_->pair_costs(row);
}

}  // namespace nightjar
