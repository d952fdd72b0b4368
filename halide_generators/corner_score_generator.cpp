// SPDX-License-Identifier: Apache-2.0
//
// How well a pixel's neighbourhood can be tracked: the smaller eigenvalue of the mean structure
// tensor (Shi, Tomasi, "Good features to track", CVPR 1994). Sums are exact integers; what follows
// is IEEE single precision without contraction, so every target produces the same bytes.
#include <Halide.h>

#include "halide_generators/boundary.h"

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::Expr;
using Halide::Func;
using Halide::Var;

/// 5x5: 25 products of two gradients of at most 2^13 stay below 2^31.
constexpr int kRadius = 2;
constexpr int kPixels = (2 * kRadius + 1) * (2 * kRadius + 1);

class CornerScore : public Halide::Generator<CornerScore> {
 public:
  /// Level of a tracking pyramid: dimensions x, y, plane; plane 0: d/dx, plane 1: d/dy, -8192 ..
  /// 8192.
  Input<Buffer<int16_t, 3>> gradient{"gradient"};
  /// Same width and height: smaller eigenvalue of the mean of g g^T over 5x5 pixels,
  /// (intensity/px)^2. Outside of the image the gradient repeats its edge.
  Output<Buffer<float, 2>> score{"score"};

  void generate() {
    gradient.dim(0).set_min(0);
    gradient.dim(1).set_min(0);
    gradient.dim(2).set_bounds(0, 2);
    width_ = gradient.dim(0).extent();
    height_ = gradient.dim(1).extent();
    const Func bounded = Halide::BoundaryConditions::repeat_edge(
        gradient, {{0, width_}, {0, height_}, {Expr(), Expr()}});
    const Expr gx = cast<int32_t>(bounded(x, y, 0));
    const Expr gy = cast<int32_t>(bounded(x, y, 1));
    products_(x, y) = Halide::Tuple(gx * gx, gx * gy, gy * gy);

    const auto sum = [&](const Func& f, int i, bool vertical) {
      Expr total = f(x, y)[i];
      for (int r = 1; r <= kRadius; ++r) {
        const Expr before = vertical ? Expr(f(x, y - r)[i]) : Expr(f(x - r, y)[i]);
        const Expr after = vertical ? Expr(f(x, y + r)[i]) : Expr(f(x + r, y)[i]);
        total += before + after;
      }
      return total;
    };
    columns_(x, y) =
        Halide::Tuple(sum(products_, 0, true), sum(products_, 1, true), sum(products_, 2, true));
    const auto mean = [&](int i) {
      return cast<float>(sum(columns_, i, false)) * (1.0f / static_cast<float>(kPixels));
    };
    const Expr half_trace = (mean(0) + mean(2)) * 0.5f;
    const Expr half_difference = (mean(0) - mean(2)) * 0.5f;
    const Expr cross = mean(1);
    score(x, y) = half_trace - Halide::sqrt(half_difference * half_difference + cross * cross);
  }

  void schedule() {
    score.dim(0).set_bounds(0, width_);
    score.dim(1).set_bounds(0, height_);
    const int lanes = natural_vector_size<int32_t>();
    Func out = score;
    // In strips, a row's products slide along and are used five times; without strips Halide
    // computes them anew for every row, measured seven times slower.
    out.split(y, strip_, row_, 32, Halide::TailStrategy::GuardWithIf);
    // The last vector of a row steps back; rows shorter than a vector are done one by one.
    out.specialize(width_ >= lanes).vectorize(x, lanes, Halide::TailStrategy::ShiftInwards);
    products_.store_at(out, strip_)
        .compute_at(out, row_)
        .vectorize(x, lanes, Halide::TailStrategy::RoundUp);
    columns_.compute_at(out, row_).vectorize(x, lanes, Halide::TailStrategy::RoundUp);
  }

 private:
  Var x{"x"}, y{"y"}, strip_{"strip"}, row_{"row"};
  Expr width_, height_;
  Func products_{"products"}, columns_{"columns"};
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::CornerScore, corner_score)
