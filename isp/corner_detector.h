// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <span>
#include <vector>

#include "core/pyramid.h"
#include "core/result.h"

namespace nightjar {

struct CornerOptions {
  /// px, 8 .. 1024: side of the grid's cells, each of which gets at most one new corner, and only
  /// when it has no track. 40 gives 228 cells at 752 x 480.
  int cell_px = 40;
  /// px, 0 .. 1024: no corner nearer than this to a track or another corner; their patches would
  /// overlap by more than half.
  double min_distance_px = 16;
  /// px, 7 .. 1024: no corner nearer to the image's edge than this; its patch would leave the image
  /// at the next motion.
  int border_px = 16;
  /// (intensity/px)^2, 0 .. 1e9, more than any image has: smallest eigenvalue of the mean structure
  /// tensor. 1000 is half a DN of 8 bits per px.
  float min_score = 1000;

  Status Validate() const;
};

/// New corners: in every cell of the grid that none of `tracks` (px of level 0) lies in, the
/// strongest local maximum of Shi and Tomasi's score that keeps its distance; strongest first. Of
/// equal scores in a cell the upper, then the left one wins; of equal cells the first, row by row.
/// Whole pixels.
///
/// Fails with kUsage when the options are wrong, kUnusableInput when `frame` is empty.
Result<std::vector<Eigen::Vector2d>> DetectCorners(const TrackingPyramid& frame,
                                                   std::span<const Eigen::Vector2d> tracks,
                                                   const CornerOptions& options = {});

}  // namespace nightjar
