// SPDX-License-Identifier: Apache-2.0
//
// How recent the last event of each pixel is, from 1 (now) to 0: falling evenly over a window, or
// halving again and again.
#include <Halide.h>

#include "halide_generators/exponential_decay.h"

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::Expr;
using Halide::max;
using Halide::Var;

class TimeSurface : public Halide::Generator<TimeSurface> {
 public:
  GeneratorParam<bool> exponential{"exponential", false};
  /// When each pixel had its last event, us: dimensions x, y, polarity.
  Input<Buffer<int32_t, 3>> times{"times"};
  Input<int32_t> now{"now"};  // what is later counts as now
  /// Per us of age: linear: of a window; exponential: halvings.
  Input<float> per_us{"per_us"};
  /// As large as `times`.
  Output<Buffer<float, 3>> surface{"surface"};

  void generate() {
    // What is older than 31 bits of microseconds does not occur (isp/events/event_epoch.h).
    const Expr age = cast<float>(max(now - times(x, y, p), 0)) * per_us;
    surface(x, y, p) = exponential ? ExponentialDecay(age) : max(1.F - age, 0.F);
  }

  void schedule() {
    for (int d = 0; d < 3; ++d) {
      times.dim(d).set_min(0);
      surface.dim(d).set_bounds(0, times.dim(d).extent());
    }
    surface.vectorize(x, natural_vector_size<float>(), Halide::TailStrategy::GuardWithIf);
  }

 private:
  Var x{"x"}, y{"y"}, p{"p"};
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::TimeSurface, time_surface)
