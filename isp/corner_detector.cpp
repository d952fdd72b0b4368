// SPDX-License-Identifier: Apache-2.0
#include "isp/corner_detector.h"

#include <corner_score.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "isp/kernel_call.h"

namespace nightjar {
namespace {

constexpr int kSmallestCell = 8;
constexpr int kLargestCell = 1024;
constexpr int kSmallestBorder = 7;  // a patch and one pixel of room

/// The points of a frame by cell, to look up neighbours.
class CellGrid {
 public:
  CellGrid(int width, int height, int cell)
      : cell_(cell),
        columns_((width + cell - 1) / cell),
        rows_((height + cell - 1) / cell),
        points_(static_cast<size_t>(columns_) * rows_) {}

  int columns() const { return columns_; }
  int rows() const { return rows_; }
  bool IsEmpty(int column, int row) const { return points_[row * columns_ + column].empty(); }

  void Add(const Eigen::Vector2d& point) {
    const int column = std::clamp(static_cast<int>(point.x()) / cell_, 0, columns_ - 1);
    const int row = std::clamp(static_cast<int>(point.y()) / cell_, 0, rows_ - 1);
    points_[row * columns_ + column].push_back(point);
  }

  bool IsClear(const Eigen::Vector2d& point, double distance) const {
    const auto reach = [&](double at, double sign, int count) {
      return std::clamp(static_cast<int>(std::floor((at + sign * distance) / cell_)), 0, count - 1);
    };
    const double squared = distance * distance;
    for (int row = reach(point.y(), -1, rows_); row <= reach(point.y(), 1, rows_); ++row) {
      for (int column = reach(point.x(), -1, columns_); column <= reach(point.x(), 1, columns_);
           ++column) {
        for (const Eigen::Vector2d& other : points_[row * columns_ + column]) {
          if ((other - point).squaredNorm() < squared) return false;
        }
      }
    }
    return true;
  }

 private:
  int cell_, columns_, rows_;
  std::vector<std::vector<Eigen::Vector2d>> points_;
};

bool IsLocalMaximum(const Image<float>& score, int x, int y) {
  const float value = score(x, y);
  for (int v = y - 1; v <= y + 1; ++v) {
    for (int u = x - 1; u <= x + 1; ++u) {
      if (score(u, v) > value) return false;
    }
  }
  return true;
}

}  // namespace

Status CornerOptions::Validate() const {
  const auto fail = [](const char* what) { return Fail(ErrorKind::kUsage, what); };
  if (cell_px < kSmallestCell || cell_px > kLargestCell) return fail("cell_px must be 8 .. 1024");
  if (!(min_distance_px >= 0 && min_distance_px <= kLargestCell)) {
    return fail("min_distance_px must be 0 .. 1024");
  }
  if (border_px < kSmallestBorder || border_px > kLargestCell) {
    return fail("border_px must be 7 .. 1024");
  }
  if (!(min_score >= 0 && min_score <= 1e9F)) return fail("min_score must be 0 .. 1e9");
  return {};
}

Result<std::vector<Eigen::Vector2d>> DetectCorners(const TrackingPyramid& frame,
                                                   std::span<const Eigen::Vector2d> tracks,
                                                   const CornerOptions& options) {
  if (Status status = options.Validate(); !status) return tl::unexpected(status.error());
  const PyramidLevel& level = frame.levels[0];
  if (level.gradient.data() == nullptr)
    return Fail(ErrorKind::kUnusableInput, "the pyramid is empty");
  const int width = level.intensity.width();
  const int height = level.intensity.height();

  CellGrid grid(width, height, options.cell_px);
  for (const Eigen::Vector2d& track : tracks) {
    if (track.allFinite()) grid.Add(track);
  }
  Image<float> score(width, height);
  PlanarImage<int16_t> gradient = level.gradient;
  KernelCall call("corner_score");
  if (Status status = call.Finish(corner_score(call.context(), gradient, score)); !status) {
    return tl::unexpected(status.error());
  }

  std::vector<std::pair<float, Eigen::Vector2d>> found;
  for (int row = 0; row < grid.rows(); ++row) {
    for (int column = 0; column < grid.columns(); ++column) {
      // A corner found in the cell before counts for distance only: every cell has its own chance.
      if (!grid.IsEmpty(column, row)) continue;
      const int left = std::max(column * options.cell_px, options.border_px);
      const int right = std::min((column + 1) * options.cell_px, width - options.border_px);
      const int top = std::max(row * options.cell_px, options.border_px);
      const int bottom = std::min((row + 1) * options.cell_px, height - options.border_px);
      float best = options.min_score;
      Eigen::Vector2d corner(-1, -1);
      for (int y = top; y < bottom; ++y) {
        for (int x = left; x < right; ++x) {
          if (!(score(x, y) > best) || !IsLocalMaximum(score, x, y)) continue;
          const Eigen::Vector2d candidate(x, y);
          if (!grid.IsClear(candidate, options.min_distance_px)) continue;
          best = score(x, y);
          corner = candidate;
        }
      }
      if (corner.x() < 0) continue;
      found.emplace_back(best, corner);
      grid.Add(corner);
    }
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  std::vector<Eigen::Vector2d> corners;
  corners.reserve(found.size());
  for (const auto& [strength, corner] : found) corners.push_back(corner);
  return corners;
}

}  // namespace nightjar
