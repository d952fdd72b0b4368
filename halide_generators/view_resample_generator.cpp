// SPDX-License-Identifier: Apache-2.0
//
// An image as another view sees it, by a table that says where each pixel of the view is in it.
//
// Cubic convolution with a = -1/2 (Keys, "Cubic convolution interpolation for digital image
// processing", IEEE ASSP 1981), 4 x 4 pixels: what a matcher sees between pixels must not be
// smoother than what it sees on them, or disparities are drawn to whole pixels.
#include <Halide.h>

#include <array>

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::clamp;
using Halide::Expr;
using Halide::floor;
using Halide::Func;
using Halide::Var;

constexpr int kTaps = 4;

std::array<Expr, kTaps> Weights(const Expr& t) {
  const Expr t2 = t * t, t3 = t2 * t;
  return {-0.5F * t3 + t2 - 0.5F * t, 1.5F * t3 - 2.5F * t2 + 1.F, -1.5F * t3 + 2.F * t2 + 0.5F * t,
          0.5F * t3 - 0.5F * t2};
}

class ViewResample : public Halide::Generator<ViewResample> {
 public:
  /// Dimensions x, y; beyond its edges as there.
  Input<Buffer<>> input{"input", 2};
  /// Of each pixel of the view: where it is in the input, px; column -1: nowhere.
  Input<Buffer<float, 2>> column{"column"};
  Input<Buffer<float, 2>> row{"row"};
  /// What values are multiplied by, > 0.
  Input<float> scale{"scale"};
  /// As large as the table; rounded half up, ends at 0 and 65535; 0 where there is nothing.
  Output<Buffer<uint16_t, 2>> output{"output"};

  void generate() {
    const Expr width = input.dim(0).extent(), height = input.dim(1).extent();
    const Expr from_x = clamp(column(x, y), 0.F, cast<float>(width - 1));
    const Expr from_y = clamp(row(x, y), 0.F, cast<float>(height - 1));
    const Expr left = floor(from_x), top = floor(from_y);
    const auto across = Weights(from_x - left), down = Weights(from_y - top);
    Expr sum = 0.F;
    for (int j = 0; j < kTaps; ++j) {
      const Expr v = clamp(cast<int>(top) + j - 1, 0, height - 1);
      Expr along = 0.F;
      for (int i = 0; i < kTaps; ++i) {
        const Expr u = clamp(cast<int>(left) + i - 1, 0, width - 1);
        along += across[static_cast<size_t>(i)] * cast<float>(input(u, v));
      }
      sum += down[static_cast<size_t>(j)] * along;
    }
    const Expr value = cast<uint16_t>(clamp(sum * scale + 0.5F, 0.F, 65535.F));
    output(x, y) = Halide::select(column(x, y) < 0.F, cast<uint16_t>(0), value);
  }

  void schedule() {
    for (int d = 0; d < 2; ++d) {
      input.dim(d).set_min(0);
      column.dim(d).set_min(0);
      row.dim(d).set_bounds(0, column.dim(d).extent());
      output.dim(d).set_bounds(0, column.dim(d).extent());
    }
    Func(output).vectorize(x, natural_vector_size<float>(), Halide::TailStrategy::GuardWithIf);
  }

 private:
  Var x{"x"}, y{"y"};
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::ViewResample, view_resample)
