// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Halide.h>

#include <vector>

#include "halide_generators/boundary.h"
#include "halide_generators/linear_samples.h"
#include "halide_generators/sliding_patches.h"
#include "halide_generators/variance_stabilisation.h"

namespace nightjar::generators {

/// What generators share that take noise from one frame by its sliding cosine spectra
/// (sliding_patches.h), in a domain where the noise is white and 1 (variance_stabilisation.h).
/// `Derived` has these inputs first.
template <typename Derived>
class StabilisedDenoiser : public Halide::Generator<Derived> {
 public:
  template <typename T>
  using In = Halide::GeneratorInput<T>;

  /// RAW or linear samples, DN: dimensions x, y; both at least 16.
  In<Halide::Buffer<uint16_t, 2>> input{"input"};
  /// How much of the noise is left in each block of 4 x 4 pixels: share of the variance, > 0.
  /// Smaller than the frame it goes on as at its edges: 1 x 1 stands for all.
  In<Halide::Buffer<float, 2>> remaining{"remaining"};
  /// x = (input - black) * per_dn, not clipped.
  In<float> black{"black"};
  In<float> per_dn{"per_dn"};
  /// var(x) = remaining (S x + O); S >= 0, O > 0.
  In<float> S{"S"};
  In<float> O{"O"};
  /// Same size: 16-bit linear values; and sigma of them, in x: expected RMS error.
  Halide::GeneratorOutput<Halide::Func> frame{"frame", {Halide::UInt(16), Halide::Float(32)}, 2};

 protected:
  /// `step`: px from patch to patch, in x and y, in each lattice.
  explicit StabilisedDenoiser(int step, int lattices = 1) : patches_(step, lattices), step_(step) {}

  /// Spectra of the stabilised input.
  void Transform() {
    input.dim(0).set_min(0);
    input.dim(1).set_min(0);
    width_ = input.dim(0).extent();
    height_ = input.dim(1).extent();
    patches_.Transform(Stabilised(input, black, per_dn, stabilised_));
    left_(x_, y_) = BlockShares(remaining)(x_, y_);
    // The blocks under the patch's middle.
    const auto left = [&](int x, int y) {
      return left_((patches_.Left() + x) / kBlock, (patches_.Top() + y) / kBlock);
    };
    noise_(patches_.Patches()) = 0.25F * ((left(2, 2) + left(5, 2)) + (left(2, 5) + left(5, 5)));
  }

  /// An image as SlidingPatches takes it.
  template <typename Samples>
  Halide::Func Stabilised(const Samples& samples, const Halide::Expr& black_dn,
                          const Halide::Expr& x_per_dn, Halide::Func& stabilised) {
    const Halide::Func mirrored = MirrorColumns(MirrorRows(samples, height_), width_);
    const Halide::Var a = patches_.column();
    stabilised(a, y_, e_) =
        Noise().Forward((Halide::cast<float>(mirrored(step_ * a + e_, y_)) - black_dn) * x_per_dn);
    return stabilised;
  }

  /// Share of the noise that is left in the middle of a patch.
  Halide::Expr Left() const { return noise_(patches_.Here()); }

  /// The mean over the patches, back in the unit of the frame. In the unit of the stabilised noise
  /// the expected squared error is `floor` and 1/64 of what patches carry.
  void Finish(float floor) {
    constexpr float kPerCoefficient = 1.F / (SlidingPatches::kPatch * SlidingPatches::kPatch);
    const Halide::Var a = patches_.column(), q = patches_.row();
    std::vector<Halide::Expr> block, sigmas;
    for (int s = 0; s < step_; ++s) {
      for (int r = 0; r < step_; ++r) {
        const Halide::Expr f = patches_.Pixel(s, r);
        const Halide::Expr error = patches_.Carried(s, r);
        const Halide::Expr left = left_((step_ * a + s) / kBlock, (step_ * q + r) / kBlock);
        const Halide::Expr sigma = Halide::sqrt(floor * left + error * kPerCoefficient);
        block.push_back(ToLinear(Noise().UnbiasedInverse(f, left)));
        sigmas.push_back(sigma * Noise().Slope(f));
      }
    }
    block.insert(block.end(), sigmas.begin(), sigmas.end());
    finished_(a, q) = Halide::Tuple(block);
    lines_(x_, y_) = Halide::Tuple(patches_.OfBlock(finished_, 0, x_, y_),
                                   patches_.OfBlock(finished_, step_ * step_, x_, y_));
    frame(x_, y_) = lines_(x_, y_);
  }

  /// `guide`: what a guide was stabilised in, if there is one.
  void ScheduleAll(Halide::Func guide = Halide::Func("no_guide")) {
    const auto round_up = Halide::TailStrategy::RoundUp;
    Halide::Func out = frame;
    out.output_buffers()[0].dim(0).set_bounds(0, width_);
    out.output_buffers()[0].dim(1).set_bounds(0, height_);
    const int lanes = this->template natural_vector_size<float>();
    out.vectorize(x_, lanes, Halide::TailStrategy::GuardWithIf);
    lines_.compute_at(out, y_).split(x_, x_, e_, step_, round_up).unroll(e_);
    lines_.vectorize(x_, lanes, round_up);
    patches_.Schedule(finished_, lanes);
    for (Halide::Func f : {stabilised_, guide}) {
      if (!f.defined()) continue;
      f.compute_root().bound(e_, 0, step_).reorder(e_, patches_.column(), y_).unroll(e_);
      f.vectorize(patches_.column(), lanes, round_up);
    }
    noise_.compute_at(finished_, patches_.row()).vectorize(patches_.column(), lanes, round_up);
    // Not within the loop over tiles: Halide splits that into edges and what needs no clamp, and a
    // map of a single value is all edge.
    left_.compute_root().vectorize(x_, lanes, round_up);
  }

  SlidingPatches patches_;

 private:
  VarianceStabilisation<Halide::Expr> Noise() const { return {S, O}; }

  int step_;
  Halide::Var x_{"x"}, y_{"y"}, e_{"e"};
  Halide::Expr width_, height_;
  Halide::Func stabilised_{"stabilised"}, left_{"left"}, noise_{"noise"}, finished_{"finished"},
      lines_{"lines"};
};

}  // namespace nightjar::generators
