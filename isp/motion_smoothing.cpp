// SPDX-License-Identifier: Apache-2.0
#include "isp/motion_smoothing.h"

#include <Eigen/Cholesky>
#include <Eigen/LU>

namespace nightjar {
namespace {

using Eigen::Matrix2d;
using Eigen::Vector2d;

constexpr int kSweeps = 12;
/// All tiles together hold the affine motion where it is with this information, 1/px^2: a few tiles
/// of hardly any texture shall not turn the whole image.
constexpr double kHold = 4;

/// Affine motion: two rows of (1, x, y), x and y from -1/2 to 1/2 over the field.
class AffineMotion {
 public:
  AffineMotion(int columns, int rows) : columns_(columns), rows_(rows) {}

  /// Least squares over all tiles: H (motion - wanted) = 0.
  void Add(int column, int row, const Matrix2d& H, const Vector2d& H_wanted) {
    const Eigen::Vector3d q = Basis(column, row);
    for (int r = 0; r < 2; ++r) {
      b_.segment<3>(3 * r) += q * H_wanted[r];
      for (int c = 0; c < 2; ++c) A_.block<3, 3>(3 * r, 3 * c) += H(r, c) * (q * q.transpose());
    }
  }
  void Solve() {
    // Of a single row or column of tiles the slope across it stays 0; others are drawn there by
    // 1e-6.
    A_.diagonal().array() += 1e-6 * A_.trace();
    solution_ = A_.ldlt().solve(b_);
  }
  Vector2d At(int column, int row) const {
    const Eigen::Vector3d q = Basis(column, row);
    return {q.dot(solution_.head<3>()), q.dot(solution_.tail<3>())};
  }

 private:
  Eigen::Vector3d Basis(int column, int row) const {
    return {1, (column + 0.5) / columns_ - 0.5, (row + 0.5) / rows_ - 0.5};
  }

  int columns_, rows_;
  Eigen::Matrix<double, 6, 6> A_ = Eigen::Matrix<double, 6, 6>::Zero();
  Eigen::Matrix<double, 6, 1> b_ = Eigen::Matrix<double, 6, 1>::Zero(), solution_ = b_;
};

}  // namespace

void SolveMotion(const std::vector<TileEquations>& tiles, const MotionField& expected,
                 const MotionPrior& prior, MotionField& motion) {
  const int columns = motion.columns(), rows = motion.rows();
  const auto index = [&](int c, int r) { return static_cast<size_t>(r * columns + c); };
  AffineMotion affine(columns, rows);
  const Matrix2d hold = kHold / (columns * rows) * Matrix2d::Identity();
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      const TileEquations& tile = tiles[index(c, r)];
      const Matrix2d H = tile.H + hold;
      affine.Add(c, r, H, H * (motion.Node(c, r) - expected.Node(c, r)) + tile.b);
    }
  }
  affine.Solve();
  // Departures from `base`, by Gauss and Seidel. They begin at 0: what they were before would fade
  // slowly where neighbours hold each other.
  std::vector<Vector2d> base(tiles.size()), wanted(tiles.size());
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      const size_t i = index(c, r);
      base[i] = expected.Node(c, r) + affine.At(c, r);
      wanted[i] = tiles[i].H * (motion.Node(c, r) - base[i]) + tiles[i].b;
    }
  }
  std::vector<Vector2d> departure(tiles.size(), Vector2d::Zero());
  const double rigid = 1 / (prior.between_neighbours_px * prior.between_neighbours_px);
  const double weak = 1 / (prior.from_affine_px * prior.from_affine_px);
  std::vector<Matrix2d> inverse(tiles.size());
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c) {
      const int neighbours = (c > 0) + (c + 1 < columns) + (r > 0) + (r + 1 < rows);
      const size_t i = index(c, r);
      inverse[i] = (tiles[i].H + (rigid * neighbours + weak) * Matrix2d::Identity()).inverse();
    }
  }
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (int r = 0; r < rows; ++r) {
      for (int c = 0; c < columns; ++c) {
        const size_t i = index(c, r);
        Vector2d sum = Vector2d::Zero();
        if (c > 0) sum += departure[i - 1];
        if (c + 1 < columns) sum += departure[i + 1];
        if (r > 0) sum += departure[index(c, r - 1)];
        if (r + 1 < rows) sum += departure[index(c, r + 1)];
        departure[i] = inverse[i] * (wanted[i] + rigid * sum);
      }
    }
  }
  for (int r = 0; r < rows; ++r) {
    for (int c = 0; c < columns; ++c)
      motion.SetNode(c, r, base[index(c, r)] + departure[index(c, r)]);
  }
}

}  // namespace nightjar
