// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <vector>

namespace nightjar {

/// A connected part of points in a plane.
struct PlanePatch {
  std::vector<int> members;              // indices of its points, rising
  std::vector<Eigen::Vector2d> outline;  // counter-clockwise, not closed
  double area_m2 = 0;                    // of the cells that hold a point
};

/// Sorts points of a plane into cells of `cell_m`, closes gaps of up to `gap_m` (dilation and
/// erosion by squares), and gives each connected part: its outline is that of its cells, without
/// holes, with corners of less than a cell cut off. Largest first. Nothing where the points spread
/// over more than 4000 cells in one direction.
std::vector<PlanePatch> PatchesOf(std::span<const Eigen::Vector2d> points, double cell_m,
                                  double gap_m);

/// Whether a point lies in a polygon (even-odd).
bool IsInside(std::span<const Eigen::Vector2d> polygon, const Eigen::Vector2d& point);

/// Signed: positive counter-clockwise.
double PolygonArea(std::span<const Eigen::Vector2d> polygon);

}  // namespace nightjar
