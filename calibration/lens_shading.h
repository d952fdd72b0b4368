// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cmath>

namespace nightjar {

/// What makes a lens darker towards the corners, undone: what is seen times 1 + r2 (a + r2 (b + r2
/// c)) is what there is, r2 the squared distance from the middle of the frame, 1 in its corners.
using LensShading = std::array<double, 3>;

/// Whether each of a, b, c is within -10 .. 10 and the factor above 0 all over the frame.
inline bool IsLensShading(const LensShading& shading) {
  constexpr int kSteps = 100;
  constexpr double kMost = 10, kLeastFactor = 0.01;
  for (const double value : shading)
    if (!(std::abs(value) <= kMost)) return false;
  for (int i = 0; i <= kSteps; ++i) {
    const double r2 = static_cast<double>(i) / kSteps;
    if (!(1 + r2 * (shading[0] + r2 * (shading[1] + r2 * shading[2])) >= kLeastFactor))
      return false;
  }
  return true;
}

}  // namespace nightjar
