// SPDX-License-Identifier: Apache-2.0
//
// Two views of one scene put together, where they agree: a frame and another one that was brought
// over it (frame_warp_generator.cpp).
//
// Where nothing moved, their difference is noise, white and of 1 once it is divided by its expected
// size. Its sliding cosine spectra (sliding_patches.h) tell at which frequencies there is more:
// what moved, what was hidden, what interpolation blurred. There the other frame counts less. After
// the Wiener merge of Hasinoff et al., "Burst photography for high dynamic range and low-light
// imaging on mobile cameras", SIGGRAPH Asia 2016, with neighbouring frequencies deciding together,
// the variances of both sides in closed form, and a test of the local mean over 16 x 16 pixels:
// what glides by without texture shows nowhere else.
#include <Halide.h>

#include <vector>

#include "halide_generators/boundary.h"
#include "halide_generators/linear_samples.h"
#include "halide_generators/sliding_patches.h"

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::clamp;
using Halide::Expr;
using Halide::Func;
using Halide::max;
using Halide::min;
using Halide::Tuple;
using Halide::Var;

constexpr int kStep = 4;  // px from patch to patch, in x and y
static_assert(kStep == kBlock);
// Energies, in units of the noise's, up to which a difference is taken for noise: of a
// neighbourhood in frequency, and of the mean of 8 x 8 and 16 x 16 pixels (one degree of freedom).
constexpr float kNoiseEnergy = 2;
constexpr float kNoiseMean = 6;
// Rows kept of what rows of patches share: 4 of pixels, 8 above for the next row of patches, one
// for the light around; a power of 2.
constexpr int kRows = 16;

constexpr int kColumns = 16;  // px, that are mirrored at once; at least what is read beyond an edge

class TemporalFusion : public Halide::Generator<TemporalFusion> {
 public:
  /// 16-bit linear values: dimensions x, y; both at least 16.
  Input<Buffer<uint16_t, 2>> base{"base"};
  /// Share of its noise in blocks of 4 x 4 pixels, > 0; beyond its edges as there.
  Input<Buffer<float, 2>> base_remaining{"base_remaining"};
  /// What is to be added, as large, in place.
  Input<Buffer<uint16_t, 2>> other{"other"};
  Input<Buffer<float, 2>> other_remaining{"other_remaining"};
  /// Of one frame var(x) = S x + O; S >= 0, O > 0.
  Input<float> S{"S"};
  Input<float> O{"O"};
  /// >= 1: how many times its noise the other image is given in weights, not in what is left. 1
  /// leaves least; more forgets sooner.
  Input<float> caution{"caution"};
  /// As large: linear values, and the share of noise (with the expected square of what else is
  /// wrong) in blocks of 4 x 4 pixels.
  Output<Buffer<uint16_t, 2>> fused{"fused"};
  Output<Buffer<float, 2>> remaining{"remaining"};

  void generate() {
    base.dim(0).set_min(0);
    base.dim(1).set_min(0);
    width_ = base.dim(0).extent();
    height_ = base.dim(1).extent();
    other.dim(0).set_bounds(0, width_);
    other.dim(1).set_bounds(0, height_);
    const Var column = patches_.column(), row = patches_.row();
    base_share_(column, row) = BlockShares(base_remaining)(column, row);
    other_share_(column, row) = BlockShares(other_remaining)(column, row);
    Difference();
    patches_.Transform(whitened_);
    patches_.PoolEnergy(true);
    Weigh();
    std::vector<Expr> block;
    for (int s = 0; s < kStep; ++s) {
      for (int r = 0; r < kStep; ++r) {
        const Expr down = kStep * row + r;
        block.push_back(ToLinear(here_(column, down, s) +
                                 patches_.Pixel(s, r) * difference_(column, down, s)[1]));
      }
    }
    block.push_back(patches_.Carried(0, 0));
    finished_(column, row) = Tuple(block);
    lines_(x, y) = patches_.OfBlock(finished_, 0, x, y);
    fused(x, y) = lines_(x, y);
    remaining(x, y) = finished_(x, y)[kStep * kStep];
  }

  void schedule() {
    fused.dim(0).set_bounds(0, width_);
    fused.dim(1).set_bounds(0, height_);
    remaining.dim(0).set_bounds(0, (width_ + kBlock - 1) / kBlock);
    remaining.dim(1).set_bounds(0, (height_ + kBlock - 1) / kBlock);
    const int lanes = natural_vector_size<float>();
    const auto round_up = Halide::TailStrategy::RoundUp;
    const auto guarded = Halide::TailStrategy::GuardWithIf;
    const Var a = patches_.column(), q = patches_.row();
    Func(fused).vectorize(x, lanes, guarded);
    lines_.compute_at(fused, y)
        .split(x, x, e, kStep, round_up)
        .unroll(e)
        .vectorize(x, lanes, round_up);
    patches_.Schedule(finished_, lanes);
    mean_.compute_at(finished_, q).vectorize(a, lanes, round_up);
    // Not within the loop over tiles: Halide splits that into edges and what needs no clamp, and a
    // map of a single value is all edge.
    for (Func f : {base_share_, other_share_}) f.compute_root().vectorize(a, lanes, round_up);
    for (Func f : {here_edges_, there_edges_}) f.compute_root();
    here_line_.compute_at(here_, y).align_bounds(x, kColumns).vectorize(x, kColumns);
    there_line_.compute_at(there_, y).align_bounds(x, kColumns).vectorize(x, kColumns);
    here_pairs_.compute_at(here_, y);
    there_pairs_.compute_at(there_, y);
    for (Func f : {here_pairs_, there_pairs_}) {
      f.bound(e, 0, 2).reorder(e, x, y).unroll(e).vectorize(x, lanes, round_up);
    }
    for (Func f : {here_, there_, light_, difference_}) {
      f.store_at(finished_, patches_.tile()).compute_at(finished_, q);
      f.bound(e, 0, kStep).reorder(e, a, y).unroll(e).vectorize(a, lanes, round_up);
      f.fold_storage(y, kRows);
    }
  }

 private:
  /// Pixels in the order of SlidingPatches::Transform, mirrored beyond the edges. difference_: in
  /// units of its expected size, and that size, which is of x.
  void Difference() {
    const Var a = patches_.column();
    here_line_(x, y) = FromLinear(MirrorBlocks(base, here_edges_));
    there_line_(x, y) = FromLinear(MirrorBlocks(other, there_edges_));
    // In two steps of pairs: vectors of every second value are two loads, of every fourth one many.
    here_pairs_(x, y, e) = here_line_(2 * x + e, y);
    there_pairs_(x, y, e) = there_line_(2 * x + e, y);
    here_(a, y, e) = here_pairs_(2 * a + e / 2, y, e % 2);
    there_(a, y, e) = there_pairs_(2 * a + e / 2, y, e % 2);
    const Expr ours = base_share_(a, y / kBlock), theirs = other_share_(a, y / kBlock);
    light_(a, y, e) = (here_(a, y, e) * theirs + there_(a, y, e) * ours) / (ours + theirs);
    const auto row = [&](int up) {
      const Expr left =
          Halide::select(e > 0, light_(a, y + up, max(e - 1, 0)), light_(a - 1, y + up, kStep - 1));
      const Expr right = Halide::select(e + 1 < kStep, light_(a, y + up, min(e + 1, kStep - 1)),
                                        light_(a + 1, y + up, 0));
      return left + light_(a, y + up, e) + right;
    };
    const Expr mean = (row(-1) + row(0) + row(1)) * (1.F / 9);
    const Expr scale = Halide::sqrt((S * max(mean, 0.F) + O) * (ours + theirs));
    difference_(a, y, e) = Tuple((there_(a, y, e) - here_(a, y, e)) / scale, scale);
    whitened_(a, y, e) = difference_(a, y, e)[0];
  }

  /// `frame` at (x, y), mirrored at its edges: by whole blocks of columns, from the frame or from
  /// `edges`, what the blocks at its left and right end become. One load more than without, and no
  /// loop around that would be compiled once for the edges and once for what is between.
  Expr MirrorBlocks(Input<Buffer<uint16_t, 2>>& frame, Func& edges) {
    const Func rows = MirrorRows(frame, height_);
    const Expr whole = width_ / kColumns;  // blocks
    const Expr at = Halide::select(x < kColumns, x - kColumns, x + (whole - 1) * kColumns);
    const Expr beside = Halide::abs(at);
    edges(x, y) = rows(clamp(min(beside, 2 * (width_ - 1) - beside), 0, width_ - 1), y);
    const Expr block = x / kColumns, in_block = x % kColumns;
    const Expr edge = Halide::select(block < 0, 0, clamp(block - whole + 1, 1, 2));
    return Halide::select(block >= 0 && block < whole,
                          rows(clamp(block, 0, whole - 1) * kColumns + in_block, y),
                          edges(edge * kColumns + in_block, y));
  }

  /// How much of the difference each coefficient adds, and the error of what comes of it.
  void Weigh() {
    const Expr a = patches_.a(), q = patches_.q();
    const auto over_patch = [&](const Func& share) {
      return 0.25F * ((share(a, q) + share(a + 1, q)) + (share(a, q + 1) + share(a + 1, q + 1)));
    };
    const Expr ours = over_patch(base_share_), theirs = over_patch(other_share_);
    const Expr still = ours / (ours + caution * theirs);  // with 1 what is best without motion
    const auto square = [](const Expr& v) { return v * v; };
    mean_(patches_.column(), patches_.row()) = patches_.Mean(a, q);
    const Expr wide = 0.5F * ((mean_(a - 1, q - 1) + mean_(a + 1, q - 1)) +
                              (mean_(a - 1, q + 1) + mean_(a + 1, q + 1)));
    const Expr mean_energy = max(square(mean_(a, q)), square(wide));
    const Expr agreed = square(min(kNoiseMean / max(mean_energy, 1e-6F), 1.F));
    const Expr most = agreed * still, both = ours + theirs, twice = 2.F * ours;
    SlidingPatches::Column added;
    constexpr float kPerCoefficient = 1.F / (SlidingPatches::kPatch * SlidingPatches::kPatch);
    Expr error = ours * static_cast<float>(SlidingPatches::kPatch);
    for (int l = 0; l < SlidingPatches::kPatch; ++l) {
      const Expr energy = patches_.Energy(l);
      const Expr share = min(kNoiseEnergy / max(energy, 1e-6F), 1.F);
      const Expr gain = share * share * most;
      added[static_cast<size_t>(l)] = gain * patches_.Coefficient(l);
      // (1 - g)^2 ours + g^2 (theirs + excess both), excess = max(e - 1, 0) where the two disagree.
      const Expr with_excess = Halide::select(gain < still, max(energy, 1.F), 1.F);
      error += gain * (gain * (both * with_excess) - twice);
    }
    patches_.Replace(added, error * kPerCoefficient);
  }

  Var x{"x"}, y{"y"}, e{"e"};
  Expr width_, height_;
  SlidingPatches patches_{kStep};
  Func base_share_{"base_share"}, other_share_{"other_share"}, here_line_{"here_line"},
      there_line_{"there_line"}, here_pairs_{"here_pairs"}, there_pairs_{"there_pairs"},
      here_edges_{"here_edges"}, there_edges_{"there_edges"}, here_{"here"}, there_{"there"},
      light_{"light"}, difference_{"difference"}, whitened_{"whitened"}, mean_{"mean"},
      finished_{"finished"}, lines_{"lines"};
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::TemporalFusion, temporal_fusion)
