// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Halide.h>

#include <string>

namespace nightjar::generators {

/// `image` (dimensions x, y) whose rows outside of [0, height) repeat the first and the last row.
/// Rows are chosen once per row, so this costs nothing.
template <typename Image>
Halide::Func RepeatRows(const Image& image, const Halide::Expr& height) {
  return Halide::BoundaryConditions::repeat_edge(image,
                                                 {{Halide::Expr(), Halide::Expr()}, {0, height}});
}

/// `rows` (dimensions x, y) whose columns outside of [0, width) repeat the first and the last
/// pixel. Meant to be computed into scratch rows: stages that read those have no clamp in their
/// vector loads, which in the vectors at both ends of a row would cost more than the whole row.
inline Halide::Func RepeatColumns(const Halide::Func& rows, const Halide::Expr& width,
                                  const std::string& name) {
  const Halide::Var x("x"), y("y");
  Halide::Func padded(name);
  padded(x, y) = Halide::BoundaryConditions::repeat_edge(
      rows, {{0, width}, {Halide::Expr(), Halide::Expr()}})(x, y);
  return padded;
}

}  // namespace nightjar::generators
