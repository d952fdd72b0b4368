// SPDX-License-Identifier: Apache-2.0
//
// The four places of a colour filter's tile to four channels and back, about the denoiser of single
// images (spatial_denoise_generator.cpp): where noise is white and 1 (variance_stabilisation.h) an
// orthonormal change of basis leaves it so, and puts what the places have in common into one
// channel. Dabov et al., "Color image denoising via sparse 3D collaborative filtering with grouping
// constraint in luminance-chrominance space", ICIP 2007, do so with colours.
//
// Channels are 16-bit codes: 32768 + gain times the channel, noise of `gain` codes.
#include <Halide.h>

#include <array>

#include "halide_generators/linear_samples.h"
#include "halide_generators/variance_stabilisation.h"

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::Expr;
using Halide::Func;
using Halide::Var;

constexpr float kZero = 32768;  // the code of 0

class PlaneMixing : public Halide::Generator<PlaneMixing> {
 public:
  /// 16-bit linear values of the places, row by row in the tile: dimensions x, y. The first one has
  /// the size of the output; the others, which may lack a column or a row, go on as at their edges.
  Input<Buffer<uint16_t, 2>> place_0{"place_0"};
  Input<Buffer<uint16_t, 2>> place_1{"place_1"};
  Input<Buffer<uint16_t, 2>> place_2{"place_2"};
  Input<Buffer<uint16_t, 2>> place_3{"place_3"};
  /// Dimensions: place; S and O of var(x) = S x + O.
  Input<Buffer<float, 2>> noise{"noise"};
  /// Dimensions: place, channel; orthonormal.
  Input<Buffer<float, 2>> basis{"basis"};
  Input<float> gain{"gain"};
  /// Dimensions x, y, channel: codes.
  Output<Buffer<uint16_t, 3>> output{"output"};

  void generate() {
    noise.dim(0).set_bounds(0, 4);
    noise.dim(1).set_bounds(0, 2);
    basis.dim(0).set_bounds(0, 4);
    basis.dim(1).set_bounds(0, 4);
    Expr sum = 0.F;
    const auto add = [&](Input<Buffer<uint16_t, 2>>& plane, int p) {
      plane.dim(0).set_min(0);
      plane.dim(1).set_min(0);
      const VarianceStabilisation<Expr> of_place(noise(p, 0), noise(p, 1));
      stabilised_[static_cast<size_t>(p)](x, y) =
          of_place.Forward(FromLinear(Halide::BoundaryConditions::repeat_edge(plane)(x, y)));
      sum += basis(p, c) * stabilised_[static_cast<size_t>(p)](x, y);
    };
    add(place_0, 0);
    add(place_1, 1);
    add(place_2, 2);
    add(place_3, 3);
    output(x, y, c) = cast<uint16_t>(Halide::clamp(sum * gain + (kZero + 0.5F), 0.F, 65535.F));
  }

  void schedule() {
    output.dim(0).set_bounds(0, place_0.dim(0).extent());
    output.dim(1).set_bounds(0, place_0.dim(1).extent());
    output.dim(2).set_bounds(0, 4);
    const int lanes = natural_vector_size<float>();
    output.reorder(x, c, y).vectorize(x, lanes, Halide::TailStrategy::GuardWithIf);
    for (Func& f : stabilised_)
      f.compute_at(output, y).vectorize(x, lanes, Halide::TailStrategy::RoundUp);
  }

 private:
  Var x{"x"}, y{"y"}, c{"c"};
  std::array<Func, 4> stabilised_;
};

class PlaneUnmixing : public Halide::Generator<PlaneUnmixing> {
 public:
  /// Dimensions x, y, channel: codes without their noise, and sigma of them, 57344 codes each. The
  /// first channel beyond its edges goes on as there.
  Input<Buffer<uint16_t, 3>> channels{"channels"};
  Input<Buffer<float, 3>> sigmas{"sigmas"};
  /// How much of the place's noise there was (linear_samples.h).
  Input<Buffer<float, 2>> remaining{"remaining"};
  /// The basis at this place, by channel.
  Input<Buffer<float, 1>> basis{"basis"};
  /// What the slopes of the first channel in x and in y, per pixel, add at this place.
  Input<float> across{"across"};
  Input<float> down{"down"};
  Input<float> gain{"gain"};
  /// var(x) = S x + O of the place.
  Input<float> S{"S"};
  Input<float> O{"O"};
  /// Of any size within that of the channels: 16-bit linear values of the place; and sigma of
  /// them, in x.
  Output<Func> frame{"frame", {Halide::UInt(16), Halide::Float(32)}, 2};

  void generate() {
    basis.dim(0).set_bounds(0, 4);
    channels.dim(0).set_min(0);
    channels.dim(1).set_min(0);
    const Expr width = channels.dim(0).extent(), height = channels.dim(1).extent();
    brightness_(x, y) =
        cast<float>(channels(Halide::clamp(x, 0, width - 1), Halide::clamp(y, 0, height - 1), 0));
    const Func shares = BlockShares(remaining);
    left_(x, y) = shares(x, y);
    const VarianceStabilisation<Expr> noise(S, O);
    const Expr per_gain = 1.F / gain;
    Expr sum = 0.F, variance = 0.F;
    for (int k = 0; k < 4; ++k) {
      sum += basis(k) * (cast<float>(channels(x, y, k)) - kZero);
      const Expr sigma = basis(k) * sigmas(x, y, k);
      variance += sigma * sigma;
    }
    const Expr right = brightness_(x + 1, y) - brightness_(x - 1, y);
    const Expr lower = brightness_(x, y + 1) - brightness_(x, y - 1);
    const Expr f = (sum + 0.5F * (across * right + down * lower)) * per_gain;
    const Expr sigma = Halide::sqrt(variance) * (kScale * per_gain);
    frame(x, y) = Halide::Tuple(ToLinear(noise.UnbiasedInverse(f, left_(x / kBlock, y / kBlock))),
                                sigma * noise.Slope(f));
  }

  void schedule() {
    Func out = frame;
    const int lanes = natural_vector_size<float>();
    out.vectorize(x, lanes, Halide::TailStrategy::GuardWithIf);
    left_.compute_root();
    brightness_.compute_at(out, y).vectorize(x, lanes, Halide::TailStrategy::RoundUp);
  }

 private:
  Var x{"x"}, y{"y"};
  Func left_{"left"}, brightness_{"brightness"};
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::PlaneMixing, plane_mixing)
HALIDE_REGISTER_GENERATOR(nightjar::generators::PlaneUnmixing, plane_unmixing)
