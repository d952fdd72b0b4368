// SPDX-License-Identifier: Apache-2.0
//
// What a complementary filter of frames and events shows at one instant: the frame, and the events
// since, which each pixel forgets at its own rate.
#include <Halide.h>

#include "halide_generators/exponential_decay.h"

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::Expr;
using Halide::max;
using Halide::Var;

class ComplementaryDecay : public Halide::Generator<ComplementaryDecay> {
 public:
  /// Dimensions x, y of all: natural logarithm of the frame's light,
  Input<Buffer<float, 2>> frame{"frame"};
  /// how far the filter was above it at the pixel's last event,
  Input<Buffer<float, 2>> above{"above"};
  /// how fast that goes, halvings per us,
  Input<Buffer<float, 2>> per_us{"per_us"};
  /// and when that event was, us.
  Input<Buffer<int32_t, 2>> times{"times"};
  Input<int32_t> now{"now"};  // what is later counts as now
  Output<Buffer<float, 2>> output{"output"};

  void generate() {
    const Expr age = cast<float>(max(now - times(x, y), 0));
    output(x, y) = frame(x, y) + above(x, y) * ExponentialDecay(age * per_us(x, y));
  }

  void schedule() {
    for (int d = 0; d < 2; ++d) {
      const Expr extent = frame.dim(d).extent();
      frame.dim(d).set_min(0);
      above.dim(d).set_bounds(0, extent);
      per_us.dim(d).set_bounds(0, extent);
      times.dim(d).set_bounds(0, extent);
      output.dim(d).set_bounds(0, extent);
    }
    output.vectorize(x, natural_vector_size<float>(), Halide::TailStrategy::GuardWithIf);
  }

 private:
  Var x{"x"}, y{"y"};
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::ComplementaryDecay, complementary_decay)
