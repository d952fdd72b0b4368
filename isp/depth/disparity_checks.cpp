// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/disparity_checks.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <vector>

#include "isp/depth/disparity_map.h"

namespace nightjar {
namespace {

template <typename T>
inline void Sort(T& a, T& b) {
  const T less = a < b ? a : b;
  b = a < b ? b : a;
  a = less;
}

template <typename T>
inline T MedianOfThree(T a, T b, T c) {
  Sort(a, b);
  Sort(b, c);
  return a < b ? b : a;
}

// A row from those above and below, each with a pixel more at either end. Columns are sorted; the
// median of nine is that of the largest least, the middle middle and the least largest.
template <typename T>
void MedianRow(int width, const T* above, const T* here, const T* below, T* out) {
  for (int x = 0; x < width; ++x) {
    T low[3], middle[3], high[3];
    for (int i = 0; i < 3; ++i) {
      T a = above[x + i], b = here[x + i], c = below[x + i];
      Sort(a, b);
      Sort(b, c);
      Sort(a, b);
      low[i] = a, middle[i] = b, high[i] = c;
    }
    Sort(low[0], low[1]);
    Sort(low[1], low[2]);
    Sort(high[1], high[2]);
    Sort(high[0], high[1]);
    out[x] = MedianOfThree(low[2], MedianOfThree(middle[0], middle[1], middle[2]), high[0]);
  }
}

template <typename T>
Image<T> Median(const Image<T>& image) {
  const int width = image.width(), height = image.height();
  Image<T> out(width, height);
  std::vector<T> rows[3];
  const auto fetch = [&](int y) {
    std::vector<T>& row = rows[(y + 3) % 3];
    const T* from = &image(0, std::clamp(y, 0, height - 1));
    row.resize(static_cast<size_t>(width) + 2);
    std::copy_n(from, width, row.begin() + 1);
    row.front() = from[0];
    row.back() = from[width - 1];
  };
  fetch(-1);
  fetch(0);
  for (int y = 0; y < height; ++y) {
    fetch(y + 1);
    MedianRow(width, rows[(y + 2) % 3].data(), rows[y % 3].data(), rows[(y + 1) % 3].data(),
              &out(0, y));
  }
  return out;
}

// Pieces as trees of pixels: a pixel's parent comes before it; roots are their own.
class Pieces {
 public:
  explicit Pieces(size_t pixels) : parent_(pixels) { std::iota(parent_.begin(), parent_.end(), 0); }
  int RootOf(int pixel) {
    while (parent_[pixel] != pixel) {
      parent_[pixel] = parent_[parent_[pixel]];
      pixel = parent_[pixel];
    }
    return pixel;
  }
  void Join(int a, int b) {
    a = RootOf(a);
    b = RootOf(b);
    parent_[std::max(a, b)] = std::min(a, b);
  }

 private:
  std::vector<int> parent_;
};

}  // namespace

Image<float> MedianOfNine(const Image<float>& image) { return Median(image); }
Image<int16_t> MedianOfNine(const Image<int16_t>& image) { return Median(image); }

void KeepWhatBothSee(const Image<int16_t>& right_disparity, int most_px,
                     Image<float>& disparity_px) {
  for (int y = 0; y < disparity_px.height(); ++y) {
    const int16_t* right = &right_disparity(0, y);
    float* row = &disparity_px(0, y);
    for (int x = 0; x < disparity_px.width(); ++x) {
      if (!IsKnown(row[x])) continue;
      const int seen = x - static_cast<int>(row[x] + 0.5F);
      if (seen < 0 || right[seen] < 0 ||
          std::fabs(static_cast<float>(right[seen]) - row[x]) > static_cast<float>(most_px))
        row[x] = kNoDisparity;
    }
  }
}

void DropSmallPieces(int smallest, double step_px, Image<float>& disparity_px) {
  const int width = disparity_px.width(), height = disparity_px.height();
  const float step = static_cast<float>(step_px);
  Pieces pieces(static_cast<size_t>(width) * height);
  // +inf less +inf is no number, and no step.
  const auto joined = [step](float a, float b) { return std::fabs(a - b) <= step; };
  for (int y = 0, i = 0; y < height; ++y) {
    const float* row = &disparity_px(0, y);
    const float* above = y > 0 ? &disparity_px(0, y - 1) : nullptr;
    for (int x = 0; x < width; ++x, ++i) {
      const bool left = x > 0 && joined(row[x], row[x - 1]);
      if (left) pieces.Join(i - 1, i);
      // Where all four are alike the row above has joined them already.
      if (above == nullptr || !joined(row[x], above[x])) continue;
      if (left && joined(above[x], above[x - 1]) && joined(row[x - 1], above[x - 1])) continue;
      pieces.Join(i - width, i);
    }
  }
  std::vector<int> size(static_cast<size_t>(width) * height), root(size.size());
  for (size_t i = 0; i < size.size(); ++i) ++size[root[i] = pieces.RootOf(static_cast<int>(i))];
  for (int y = 0, i = 0; y < height; ++y) {
    float* row = &disparity_px(0, y);
    for (int x = 0; x < width; ++x, ++i) {
      if (size[root[i]] < smallest) row[x] = kNoDisparity;
    }
  }
}

void FillFromBackground(Image<float>& disparity_px) {
  const int width = disparity_px.width();
  for (int y = 0; y < disparity_px.height(); ++y) {
    float* row = &disparity_px(0, y);
    for (int x = 0; x < width;) {
      if (IsKnown(row[x])) {
        ++x;
        continue;
      }
      int end = x;
      while (end < width && !IsKnown(row[end])) ++end;
      const float before = x > 0 ? row[x - 1] : kNoDisparity;
      const float behind = end < width ? row[end] : kNoDisparity;
      std::fill(row + x, row + end, std::min(before, behind));
      x = end;
    }
  }
}

}  // namespace nightjar
