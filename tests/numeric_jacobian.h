// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Eigen/Core>

namespace nightjar {

/// d f / d x at `x`, by central differences of fourth order: good to about 1e-11 of f's scale for a
/// step near 1e-3 of the scale over which f bends. `f`: vector of N -> vector of M, fixed sizes.
template <int M, int N, typename Function>
Eigen::Matrix<double, M, N> NumericJacobian(const Function& f, const Eigen::Matrix<double, N, 1>& x,
                                            double step = 1e-3) {
  Eigen::Matrix<double, M, N> J;
  for (int i = 0; i < N; ++i) {
    const auto at = [&](double offset) -> Eigen::Matrix<double, M, 1> {
      Eigen::Matrix<double, N, 1> moved = x;
      moved[i] += offset;
      return f(moved);
    };
    J.col(i) = (8 * (at(step) - at(-step)) - (at(2 * step) - at(-2 * step))) / (12 * step);
  }
  return J;
}

}  // namespace nightjar
