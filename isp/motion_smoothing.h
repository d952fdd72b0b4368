// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>
#include <vector>

#include "isp/motion_field.h"

namespace nightjar {

/// What one tile says about a change of its motion: it wants H change = b, in units of its noise
/// (H is an information matrix, 1/px^2).
struct TileEquations {
  Eigen::Matrix2d H = Eigen::Matrix2d::Zero();
  Eigen::Vector2d b = Eigen::Vector2d::Zero();
};

/// How far motion may leave what is expected of it, standard deviations in px of the level; 1e-3 ..
/// 100.
struct MotionPrior {
  double between_neighbours_px = 0.03;
  double from_affine_px = 0.3;
};

/// The most likely motion given every tile's equations around `motion` (row by row): an affine
/// change of `expected`, which is fitted first, and departures from it that are small and smooth. A
/// tile without texture follows its neighbours, one with texture goes where it points to.
void SolveMotion(const std::vector<TileEquations>& tiles, const MotionField& expected,
                 const MotionPrior& prior, MotionField& motion);

}  // namespace nightjar
