// SPDX-License-Identifier: Apache-2.0
#include "isp/depth/disparity_checks.h"

#include <algorithm>
#include <cmath>
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

// The median of nine, columns of three each: columns are sorted, and it is that of the largest
// least, the middle middle and the least largest.
template <typename T>
inline T MedianOfNine(T (&columns)[3][3]) {
  T low[3], middle[3], high[3];
  for (int i = 0; i < 3; ++i) {
    T a = columns[i][0], b = columns[i][1], c = columns[i][2];
    Sort(a, b);
    Sort(b, c);
    Sort(a, b);
    low[i] = a, middle[i] = b, high[i] = c;
  }
  Sort(low[0], low[1]);
  Sort(low[1], low[2]);
  Sort(high[1], high[2]);
  Sort(high[0], high[1]);
  return MedianOfThree(low[2], MedianOfThree(middle[0], middle[1], middle[2]), high[0]);
}

// A row from those above and below, each with a pixel more at either end; `place` times 3 row +
// column is added to what is compared.
template <typename T, int kPlace>
void MedianRow(int width, const T* above, const T* here, const T* below, T* out) {
  for (int x = 0; x < width; ++x) {
    T columns[3][3];
    for (int i = 0; i < 3; ++i) {
      columns[i][0] = above[x + i] + T{kPlace} * T(i);
      columns[i][1] = here[x + i] + T{kPlace} * T(3 + i);
      columns[i][2] = below[x + i] + T{kPlace} * T(6 + i);
    }
    out[x] = MedianOfNine(columns);
  }
}

// Medians of rows that come one after the other, downwards, of what `f` makes of the values.
template <typename T, int kPlace, typename F>
class Medians {
 public:
  Medians(const Image<T>& image, int first, F f) : image_(image), f_(f) {
    Fetch(first - 1);
    Fetch(first);
  }
  void Row(int y, T* out) {
    Fetch(y + 1);
    MedianRow<T, kPlace>(image_.width(), RowAt(y - 1).data(), RowAt(y).data(), RowAt(y + 1).data(),
                         out);
  }

 private:
  std::vector<T>& RowAt(int y) { return rows_[(y + 3) % 3]; }
  void Fetch(int y) {
    const int width = image_.width();
    std::vector<T>& row = RowAt(y);
    const T* from = &image_(0, std::clamp(y, 0, image_.height() - 1));
    row.resize(static_cast<size_t>(width) + 2);
    std::transform(from, from + width, row.begin() + 1, f_);
    row.front() = row[1];
    row.back() = row[static_cast<size_t>(width)];
  }
  const Image<T>& image_;
  F f_;
  std::vector<T> rows_[3];
};

// A level, to 1/1024, as a float that is a whole number and has room for the place in a 3 x 3
// neighbourhood: 256 x 1024 x 16 is less than 2^24.
constexpr int kPlaces = 16;
float KeyOf(float level) { return static_cast<float>(static_cast<int>(level * 1024) * kPlaces); }

void CheckRow(int width, const int16_t* right, int most_px, float* row) {
  for (int x = 0; x < width; ++x) {
    if (!IsKnown(row[x])) continue;
    const int seen = x - static_cast<int>(row[x] + 0.5F);
    if (seen < 0 || right[seen] < 0 ||
        std::fabs(static_cast<float>(right[seen]) - row[x]) > static_cast<float>(most_px))
      row[x] = kNoDisparity;
  }
}

// Runs of joined pixels of one row.
struct Run {
  int first, end;  // columns
  int parent;      // a run that comes before it, or itself
  int pixels;      // of all that have it for their root
};

// Runs as trees, all rows' in one list.
class Pieces {
 public:
  explicit Pieces(float step) : step_(step) {}

  void AddRow(int width, const float* row, const float* above) {
    const size_t before = begin_;
    begin_ = runs_.size();
    for (int x = 0; x < width;) {
      int end = x + 1;
      while (end < width && Joined(row[end - 1], row[end])) ++end;
      const int id = static_cast<int>(runs_.size());
      runs_.push_back({x, end, id, end - x});
      x = end;
    }
    if (above == nullptr) return;
    size_t upper = before, lower = begin_;
    while (upper < begin_ && lower < runs_.size()) {
      const int first = std::max(runs_[upper].first, runs_[lower].first);
      const int end = std::min(runs_[upper].end, runs_[lower].end);
      for (int x = first; x < end; ++x) {
        if (!Joined(row[x], above[x])) continue;
        Join(static_cast<int>(upper), static_cast<int>(lower));
        break;
      }
      if (runs_[upper].end == end) ++upper;
      if (runs_[lower].end == end) ++lower;
    }
  }
  // The rows must be asked in the order in which they were added.
  template <typename F>
  void ForEachRun(F f) {
    for (size_t i = 0; i < runs_.size(); ++i)
      f(runs_[i].first, runs_[i].end, runs_[RootOf(static_cast<int>(i))].pixels);
  }

 private:
  // +inf less +inf is no number, and no step.
  bool Joined(float a, float b) const { return std::fabs(a - b) <= step_; }
  int RootOf(int run) {
    while (runs_[run].parent != run) {
      runs_[run].parent = runs_[runs_[run].parent].parent;
      run = runs_[run].parent;
    }
    return run;
  }
  void Join(int a, int b) {
    a = RootOf(a);
    b = RootOf(b);
    if (a == b) return;
    runs_[std::max(a, b)].parent = std::min(a, b);
    runs_[std::min(a, b)].pixels += runs_[std::max(a, b)].pixels;
  }

  float step_;
  std::vector<Run> runs_;
  size_t begin_ = 0;  // of the row added last
};

}  // namespace

void SmoothAndCheck(const LevelMap& levels, int most_px, double least_margin, int first, int end,
                    Image<uint8_t>& source, Image<float>& disparity_px) {
  const int width = levels.level.width(), height = levels.level.height();
  Medians<float, 1, float (*)(float)> left(levels.level, first, KeyOf);
  const auto same = [](int16_t level) { return level; };
  Medians<int16_t, 0, decltype(same)> right(levels.other_level, first, same);
  const size_t columns = static_cast<size_t>(width);
  std::vector<float> keys(columns);
  std::vector<int16_t> seen(columns);
  for (int y = first; y < end; ++y) {
    left.Row(y, keys.data());
    right.Row(y, seen.data());
    const int above = y > 0 ? -1 : 0, below = y + 1 < height ? 1 : 0;
    const float *level[3], *margin[3];
    for (int i = 0; i < 3; ++i) {
      const int v = y + (i == 0 ? above : i == 2 ? below : 0);
      level[i] = &levels.level(0, v);
      margin[i] = &levels.margin(0, v);
    }
    float* row = &disparity_px(0, y);
    uint8_t* from = &source(0, y);
    for (int x = 0; x < width; ++x) {
      from[x] = static_cast<uint8_t>(static_cast<int>(keys[x]) % kPlaces);
      const int v = from[x] / 3, u = std::clamp(x + from[x] % 3 - 1, 0, width - 1);
      row[x] = static_cast<double>(margin[v][u]) < least_margin ? kNoDisparity : level[v][u];
    }
    CheckRow(width, seen.data(), most_px, row);
  }
}

void KeepWhatBothSee(const Image<int16_t>& right_disparity, int most_px,
                     Image<float>& disparity_px) {
  for (int y = 0; y < disparity_px.height(); ++y)
    CheckRow(disparity_px.width(), &right_disparity(0, y), most_px, &disparity_px(0, y));
}

void DropSmallPieces(int smallest, double step_px, Image<float>& disparity_px) {
  const int width = disparity_px.width(), height = disparity_px.height();
  Pieces pieces(static_cast<float>(step_px));
  for (int y = 0; y < height; ++y)
    pieces.AddRow(width, &disparity_px(0, y), y > 0 ? &disparity_px(0, y - 1) : nullptr);
  int y = -1;
  pieces.ForEachRun([&](int first, int end, int pixels) {
    y += first == 0;
    if (pixels < smallest)
      std::fill(&disparity_px(first, y), &disparity_px(0, y) + end, kNoDisparity);
  });
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
