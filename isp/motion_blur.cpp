// SPDX-License-Identifier: Apache-2.0
#include "isp/motion_blur.h"

#include <Eigen/Eigenvalues>
#include <cmath>

namespace nightjar {

BlurToMatch MatchBlurs(const Eigen::Vector2d& first, const Eigen::Vector2d& second) {
  const Eigen::Matrix2d more = second * second.transpose() - first * first.transpose();
  Eigen::SelfAdjointEigenSolver<Eigen::Matrix2d> solver;
  solver.computeDirect(more);
  BlurToMatch blur;
  // Of rank two with one positive and one negative eigenvalue at most, in ascending order.
  if (solver.eigenvalues()[0] < 0)
    blur.of_second = std::sqrt(-solver.eigenvalues()[0]) * solver.eigenvectors().col(0);
  if (solver.eigenvalues()[1] > 0)
    blur.of_first = std::sqrt(solver.eigenvalues()[1]) * solver.eigenvectors().col(1);
  return blur;
}

}  // namespace nightjar
