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

/// `image` (dimensions x, y) beyond whose rows [0, height) it goes on as in a mirror that stands on
/// the first or the last row; at most height - 1 rows. Without a branch, so that loops over rows
/// are not compiled once for the edges and once for what is between.
template <typename Image>
Halide::Func MirrorRows(const Image& image, const Halide::Expr& height) {
  const Halide::Var x("x"), y("y");
  Halide::Func mirrored("mirror_rows");
  const Halide::Expr below = Halide::abs(y);
  mirrored(x, y) =
      image(x, Halide::clamp(Halide::min(below, 2 * (height - 1) - below), 0, height - 1));
  return mirrored;
}

/// The same of the columns; meant, like RepeatColumns, to be computed into scratch rows. The loop
/// over a row's vectors alone is compiled once for the edges and once for what is between, not
/// those around it.
inline Halide::Func MirrorColumns(const Halide::Func& rows, const Halide::Expr& width) {
  const Halide::Var x("x"), y("y");
  Halide::Func mirrored("mirror_columns");
  const Halide::Expr beside = Halide::abs(x), last = width - 1;
  mirrored(x, y) =
      rows(Halide::select(x < 0 || x > last,
                          Halide::clamp(Halide::min(beside, 2 * last - beside), 0, last),
                          Halide::clamp(Halide::likely_if_innermost(x), 0, last)),
           y);
  return mirrored;
}

}  // namespace nightjar::generators
