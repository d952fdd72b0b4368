// SPDX-License-Identifier: Apache-2.0
#include "spatial/geometry/surface_outline.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <utility>

namespace nightjar {
namespace {

using Eigen::Vector2d;
using Eigen::Vector2i;

constexpr int kMostCells = 4000;  // along one side

/// A picture of cells with a margin on all sides.
class Mask {
 public:
  Mask(int width, int height)
      : width_(width),
        height_(height),
        cells_(static_cast<size_t>(width) * static_cast<size_t>(height)) {}
  int width() const { return width_; }
  int height() const { return height_; }
  int At(int x, int y) const {
    return x >= 0 && y >= 0 && x < width_ && y < height_ ? cells_[Index(x, y)] : 0;
  }
  void Set(int x, int y, int value) { cells_[Index(x, y)] = value; }

  // Sets (dilates) or clears (erodes) every cell that has an other one within `radius`: a square is
  // a row of columns.
  void Grow(int radius, bool set) {
    for (const bool rows : {true, false}) {
      Mask next = *this;
      for (int y = 0; y < height_; ++y) {
        for (int x = 0; x < width_; ++x) {
          bool found = false;
          for (int k = -radius; k <= radius && !found; ++k)
            found = (rows ? At(x + k, y) != 0 : At(x, y + k) != 0) == set;
          if (found) next.Set(x, y, set ? 1 : 0);
        }
      }
      *this = std::move(next);
    }
  }

 private:
  size_t Index(int x, int y) const {
    return static_cast<size_t>(y) * static_cast<size_t>(width_) + static_cast<size_t>(x);
  }
  int width_, height_;
  std::vector<int> cells_;
};

// Numbers 4-connected parts from 2 on; their cells were 1.
int Label(Mask& mask) {
  int label = 1;
  std::vector<Vector2i> open;
  for (int y = 0; y < mask.height(); ++y) {
    for (int x = 0; x < mask.width(); ++x) {
      if (mask.At(x, y) != 1) continue;
      mask.Set(x, y, ++label);
      open = {{x, y}};
      while (!open.empty()) {
        const Vector2i at = open.back();
        open.pop_back();
        for (const Vector2i& step :
             {Vector2i(1, 0), Vector2i(-1, 0), Vector2i(0, 1), Vector2i(0, -1)}) {
          const Vector2i to = at + step;
          if (mask.At(to.x(), to.y()) != 1) continue;
          mask.Set(to.x(), to.y(), label);
          open.push_back(to);
        }
      }
    }
  }
  return label;
}

// Follows the outer border of a part counter-clockwise, its cells to the left, from its lowest left
// corner on. Where two cells touch at a corner the border turns right, around the other cell's
// outside, unless that is of the part too: 4-connected, they belong to one border.
std::vector<Vector2i> Border(const Mask& mask, int label) {
  Vector2i start(-1, -1);
  for (int y = 0; y < mask.height() && start.x() < 0; ++y) {
    for (int x = 0; x < mask.width() && start.x() < 0; ++x) {
      if (mask.At(x, y) == label) start = {x, y};
    }
  }
  std::vector<Vector2i> corners;
  Vector2i at = start, heading(1, 0);
  do {
    corners.push_back(at);
    at += heading;
    // The two cells ahead, on the left and on the right of the heading.
    const Vector2i left(-heading.y(), heading.x());
    const auto cell = [&](const Vector2i& side) {
      const Vector2i twice = 2 * at + heading + side;  // the cell's middle is (x + 1/2, y + 1/2)
      return mask.At((twice.x() - 1) / 2, (twice.y() - 1) / 2) == label;
    };
    const bool on_left = cell(left), on_right = cell(-left);
    if (on_left && on_right)
      heading = -left;
    else if (!on_left)
      heading = left;
  } while (at != start || heading != Vector2i(1, 0));
  return corners;
}

// Douglas, Peucker 1973, between two corners.
void Simplify(const std::vector<Vector2d>& points, size_t from, size_t to, double tolerance,
              std::vector<size_t>& kept) {
  const Vector2d along = (points[to % points.size()] - points[from]);
  double farthest = tolerance;
  size_t corner = from;
  for (size_t i = from + 1; i < to; ++i) {
    const Vector2d away = points[i] - points[from];
    const double length = along.norm();
    const double distance =
        length > 0 ? std::abs(along.x() * away.y() - along.y() * away.x()) / length : away.norm();
    if (distance > farthest) {
      farthest = distance;
      corner = i;
    }
  }
  if (corner == from) return;
  Simplify(points, from, corner, tolerance, kept);
  kept.push_back(corner);
  Simplify(points, corner, to, tolerance, kept);
}

std::vector<Vector2d> Simplified(const std::vector<Vector2d>& loop, double tolerance) {
  size_t opposite = 0;
  for (size_t i = 1; i < loop.size(); ++i) {
    if ((loop[i] - loop[0]).squaredNorm() > (loop[opposite] - loop[0]).squaredNorm()) opposite = i;
  }
  std::vector<size_t> kept = {0};
  Simplify(loop, 0, opposite, tolerance, kept);
  kept.push_back(opposite);
  Simplify(loop, opposite, loop.size(), tolerance, kept);
  std::vector<Vector2d> simple;
  for (const size_t i : kept) simple.push_back(loop[i]);
  return simple.size() < 3 ? loop : simple;
}

}  // namespace

double PolygonArea(std::span<const Vector2d> polygon) {
  double twice = 0;
  for (size_t i = 0; i < polygon.size(); ++i) {
    const Vector2d& a = polygon[i];
    const Vector2d& b = polygon[(i + 1) % polygon.size()];
    twice += a.x() * b.y() - a.y() * b.x();
  }
  return 0.5 * twice;
}

bool IsInside(std::span<const Vector2d> polygon, const Vector2d& point) {
  bool inside = false;
  for (size_t i = 0; i < polygon.size(); ++i) {
    const Vector2d& a = polygon[i];
    const Vector2d& b = polygon[(i + 1) % polygon.size()];
    if ((a.y() > point.y()) == (b.y() > point.y())) continue;
    const double x = a.x() + (point.y() - a.y()) / (b.y() - a.y()) * (b.x() - a.x());
    if (point.x() < x) inside = !inside;
  }
  return inside;
}

std::vector<PlanePatch> PatchesOf(std::span<const Vector2d> points, double cell_m, double gap_m) {
  if (points.empty()) return {};
  const int radius = static_cast<int>(std::ceil(0.5 * gap_m / cell_m));
  Vector2d low = points.front(), high = points.front();
  for (const Vector2d& point : points) {
    low = low.cwiseMin(point);
    high = high.cwiseMax(point);
  }
  const int margin = radius + 1;
  const Vector2d spread = (high - low) / cell_m;
  if (!(spread.maxCoeff() < kMostCells)) return {};
  const Vector2d origin = (low / cell_m).array().floor() * cell_m - margin * cell_m;
  const Vector2i size = ((high - origin) / cell_m).array().floor().cast<int>() + margin + 1;
  const auto cell_of = [&](const Vector2d& point) -> Vector2i {
    return ((point - origin) / cell_m).array().floor().cast<int>();
  };
  Mask seen(size.x(), size.y());
  for (const Vector2d& point : points) seen.Set(cell_of(point).x(), cell_of(point).y(), 1);
  Mask parts = seen;
  parts.Grow(radius, true);
  parts.Grow(radius, false);
  const int labels = Label(parts);
  std::vector<PlanePatch> patches(static_cast<size_t>(labels - 1));
  for (size_t i = 0; i < points.size(); ++i) {
    const Vector2i cell = cell_of(points[i]);
    patches[static_cast<size_t>(parts.At(cell.x(), cell.y()) - 2)].members.push_back(
        static_cast<int>(i));
  }
  for (int y = 0; y < size.y(); ++y) {
    for (int x = 0; x < size.x(); ++x) {
      if (seen.At(x, y) == 1)
        patches[static_cast<size_t>(parts.At(x, y) - 2)].area_m2 += cell_m * cell_m;
    }
  }
  for (int label = 2; label <= labels; ++label) {
    std::vector<Vector2d> loop;
    for (const Vector2i& corner : Border(parts, label))
      loop.push_back(origin + cell_m * corner.cast<double>());
    patches[static_cast<size_t>(label - 2)].outline = Simplified(loop, 0.75 * cell_m);
  }
  std::stable_sort(patches.begin(), patches.end(),
                   [](const PlanePatch& a, const PlanePatch& b) { return a.area_m2 > b.area_m2; });
  return patches;
}

}  // namespace nightjar
