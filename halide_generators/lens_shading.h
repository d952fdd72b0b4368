// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Halide.h>

namespace nightjar::generators {

/// What pixel (column, row) of an image is multiplied with against the shading of its lens:
/// 1 + r2 (v0 + r2 (v1 + r2 v2)), r2 the squared distance from the middle, 1 in the corners. Sides
/// up to 32767 px.
template <typename Coefficients>
Halide::Expr LensGain(const Halide::Expr& column, const Halide::Expr& row,
                      const Halide::Expr& width, const Halide::Expr& height,
                      Coefficients& vignetting) {
  using Halide::cast;
  using Halide::Expr;
  const Expr h = cast<float>(2 * column - (width - 1)), w = cast<float>(2 * row - (height - 1));
  const Expr corner = cast<float>((width - 1) * (width - 1) + (height - 1) * (height - 1));
  const Expr r2 = (h * h + w * w) * (1.F / corner);
  return 1.F + r2 * (vignetting(0) + r2 * (vignetting(1) + r2 * vignetting(2)));
}

}  // namespace nightjar::generators
