// SPDX-License-Identifier: Apache-2.0
//
// A float image as 8 bits, for trackers and for people.
#include <Halide.h>

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::clamp;
using Halide::Expr;
using Halide::Var;

class GreyLevels : public Halide::Generator<GreyLevels> {
 public:
  Input<Buffer<float, 2>> input{"input"};
  /// value * scale + offset, rounded half up, is the grey level; it ends at 0 and 255.
  Input<float> scale{"scale"};
  Input<float> offset{"offset"};
  Output<Buffer<uint8_t, 2>> output{"output"};

  void generate() {
    const Expr level = input(x, y) * scale + offset + 0.5F;
    output(x, y) = cast<uint8_t>(clamp(level, 0.F, 255.F));
  }

  void schedule() {
    for (int d = 0; d < 2; ++d) {
      input.dim(d).set_min(0);
      output.dim(d).set_bounds(0, input.dim(d).extent());
    }
    output.vectorize(x, natural_vector_size<uint8_t>(), Halide::TailStrategy::GuardWithIf);
  }

 private:
  Var x{"x"}, y{"y"};
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::GreyLevels, grey_levels)
