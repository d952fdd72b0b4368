// SPDX-License-Identifier: Apache-2.0
//
// One frame without its noise, and how much is left: sliding cosine transforms of 8 x 8 pixels
// (sliding_patches.h) whose coefficients are shrunk by the energy of their neighbourhood in
// frequency, in a domain where the noise is white and 1 (variance_stabilisation.h).
//
// Shrinking by blocks of coefficients: Cai, "Adaptive wavelet estimation: a block thresholding and
// oracle inequality approach", Annals of Statistics 1999. Patches weighted by their sparsity gained
// nothing (-0.1 dB) once neighbours decide together.
#include <Halide.h>

#include <array>

#include "halide_generators/boundary.h"
#include "halide_generators/linear_samples.h"
#include "halide_generators/sliding_patches.h"
#include "halide_generators/variance_stabilisation.h"

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::Expr;
using Halide::Func;
using Halide::Tuple;
using Halide::Var;

constexpr int kStep = 2;  // px from patch to patch, in x and y
// The expected squared error of a pixel, in the unit of the stabilised noise, is the mean over its
// patches of
//     kFloor + kKept mean(g) + kLost mean(g (1 - g) e)
// over the patch's coefficients with gain g and energy e around them: noise that passes, signal
// that does not. Fitted by maximum likelihood on photographs and on images of dead leaves at 8 ..
// 10000 electrons full scale.
constexpr float kFloor = 0.0198F;
constexpr float kKept = 0.571F;
constexpr float kLost = 1.361F;

class SpatialDenoise : public Halide::Generator<SpatialDenoise> {
 public:
  /// RAW or linear samples, DN: dimensions x, y; both at least 16.
  Input<Buffer<uint16_t, 2>> input{"input"};
  /// How much of the noise is left in each block of 4 x 4 pixels: share of the variance, > 0.
  /// Smaller than the frame it goes on as at its edges: 1 x 1 stands for all.
  Input<Buffer<float, 2>> remaining{"remaining"};
  /// x = (input - black) * per_dn, not clipped.
  Input<float> black{"black"};
  Input<float> per_dn{"per_dn"};
  /// var(x) = remaining (S x + O); S >= 0, O > 0.
  Input<float> S{"S"};
  Input<float> O{"O"};
  /// Energies below its square are noise; 1.65 gives the least error.
  Input<float> threshold{"threshold"};
  /// Same size: 16-bit linear values; and sigma of them, in x: expected RMS error.
  Output<Func> frame{"frame", {Halide::UInt(16), Halide::Float(32)}, 2};

  void generate() {
    input.dim(0).set_min(0);
    input.dim(1).set_min(0);
    width_ = input.dim(0).extent();
    height_ = input.dim(1).extent();
    const VarianceStabilisation<Expr> noise(S, O);
    const Func mirrored = MirrorColumns(MirrorRows(input, height_), width_);
    const Var a = patches_.column();
    stabilised_(a, y, e) =
        noise.Forward((cast<float>(mirrored(kStep * a + e, y)) - black) * per_dn);
    left_(x, y) = BlockShares(remaining)(x, y);
    // The blocks under the patch's middle.
    const auto block = [](const Expr& i, int px) { return (kStep * i + px) / kBlock; };
    const Var q = patches_.row();
    noise_(a, q) = 0.25F * ((left_(block(a, 2), block(q, 2)) + left_(block(a, 5), block(q, 2))) +
                            (left_(block(a, 2), block(q, 5)) + left_(block(a, 5), block(q, 5))));
    patches_.Transform(stabilised_);
    patches_.PoolEnergy(false);
    Shrink();
    Finish(noise);
  }

  void schedule() {
    Func out = frame;
    out.output_buffers()[0].dim(0).set_bounds(0, width_);
    out.output_buffers()[0].dim(1).set_bounds(0, height_);
    const int lanes = natural_vector_size<float>();
    out.vectorize(x, lanes, Halide::TailStrategy::GuardWithIf);
    patches_.Schedule(finished_, x, y, e, lanes);
    stabilised_.compute_root().bound(e, 0, kStep).reorder(e, patches_.column(), y).unroll(e);
    stabilised_.vectorize(patches_.column(), lanes, Halide::TailStrategy::RoundUp);
    noise_.compute_at(finished_, patches_.row())
        .vectorize(patches_.column(), lanes, Halide::TailStrategy::RoundUp);
    // Not within the loop over tiles: Halide splits that into edges and what needs no clamp, and a
    // map of a single value is all edge.
    left_.compute_root().vectorize(x, lanes, Halide::TailStrategy::RoundUp);
  }

 private:
  void Shrink() {
    SlidingPatches::Spectrum kept;
    std::array<Expr, SlidingPatches::kPatch> errors;
    const Expr left = noise_(patches_.a(), patches_.q());
    const Expr per_left = 1.F / left;
    const Expr limit = threshold * threshold;
    for (size_t k = 0; k < kept.size(); ++k) {
      Expr error = 0.F;
      for (int l = 0; l < SlidingPatches::kPatch; ++l) {
        const int column = static_cast<int>(k);
        if (column + l == 0) {  // the mean stays
          kept[k].push_back(patches_.Coefficient(column, l));
          error += kKept;
          continue;
        }
        const Expr energy = Halide::max(patches_.Energy(column, l) * per_left, 1e-6F);
        const Expr ratio = limit / energy;
        const Expr gain = Halide::max(1.F - ratio * ratio, 0.F);
        kept[k].push_back(gain * patches_.Coefficient(column, l));
        error += gain * (kKept + kLost * ((1.F - gain) * energy));
      }
      errors[k] = error * left;
    }
    patches_.Replace(kept, errors);
  }

  /// The mean over the patches, back in the unit of the frame.
  void Finish(const VarianceStabilisation<Expr>& noise) {
    constexpr float kPerCoefficient = 1.F / (SlidingPatches::kPatch * SlidingPatches::kPatch);
    const Expr f = patches_.Pixel(x, y);
    const Expr left = left_(x / kBlock, y / kBlock);
    const Expr error = patches_.Carried(x / kStep, y / kStep);
    const Expr sigma = Halide::sqrt(kFloor * left + error * kPerCoefficient);
    finished_(x, y) = Tuple(ToLinear(noise.UnbiasedInverse(f, left)), sigma * noise.Slope(f));
    frame(x, y) = finished_(x, y);
  }

  Var x{"x"}, y{"y"}, e{"e"};
  Expr width_, height_;
  SlidingPatches patches_{kStep};
  Func stabilised_{"stabilised"}, left_{"left"}, noise_{"noise"}, finished_{"finished"};
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::SpatialDenoise, spatial_denoise)
