// SPDX-License-Identifier: Apache-2.0
//
// The first stage of development: sensor counts to a 16-bit linear frame (isp/linear_frame.h), in
// which a pixel that no neighbour of its colour explains is replaced.
//
// What denoising needs comes before it (levels, defects, offsets of rows), what would change the
// noise from place to place (lens shading, white balance) after it: the noise profile holds for the
// result.
#include <Halide.h>

#include <array>
#include <utility>

#include "halide_generators/linear_samples.h"

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::Expr;
using Halide::Func;
using Halide::max;
using Halide::min;
using Halide::Var;

constexpr int kStrip = 32;  // rows

/// Mean of the two middle ones of eight, rounded up: Batcher's network of 19 exchanges.
Expr MedianOfEight(std::array<Expr, 8> v) {
  constexpr std::array<std::pair<size_t, size_t>, 19> kExchanges = {{{0, 1},
                                                                     {2, 3},
                                                                     {4, 5},
                                                                     {6, 7},
                                                                     {0, 2},
                                                                     {1, 3},
                                                                     {4, 6},
                                                                     {5, 7},
                                                                     {1, 2},
                                                                     {5, 6},
                                                                     {0, 4},
                                                                     {1, 5},
                                                                     {2, 6},
                                                                     {3, 7},
                                                                     {2, 4},
                                                                     {3, 5},
                                                                     {1, 2},
                                                                     {3, 4},
                                                                     {5, 6}}};
  for (const auto& [a, b] : kExchanges) {
    const Expr low = min(v[a], v[b]);
    v[b] = max(v[a], v[b]);
    v[a] = low;
  }
  return cast<uint16_t>((cast<uint32_t>(v[3]) + cast<uint32_t>(v[4]) + 1) / 2);
}

class RawFront : public Halide::Generator<RawFront> {
 public:
  /// Whether pixels that no neighbour of their colour explains are looked for; `step` and
  /// `threshold`, which say how, come after the other inputs.
  GeneratorParam<bool> find_defects{"find_defects", true};

  /// Sensor counts, DN: dimensions x, y; both at least 16.
  Input<Buffer<uint16_t, 2>> input{"input"};
  /// Dimensions: place in the 2 x 2 tile (x % 2 + 2 (y % 2)); black [DN], x per DN, and S and O of
  /// var(x) = S x + O.
  Input<Buffer<float, 2>> places{"places"};
  /// Offset of each row, DN, which is taken off.
  Input<Buffer<float, 1>> row_offset{"row_offset"};
  /// Same size: linear values.
  Output<Buffer<uint16_t, 2>> output{"output"};

  void configure() {
    if (!find_defects) return;
    step_ = add_input<int32_t>("step");
    threshold_ = add_input<float>("threshold");
  }

  void generate() {
    input.dim(0).set_min(0);
    input.dim(1).set_min(0);
    places.dim(0).set_bounds(0, 4);
    places.dim(1).set_bounds(0, 4).set_stride(4);
    width_ = input.dim(0).extent();
    height_ = input.dim(1).extent();
    row_offset.dim(0).set_bounds(0, height_);
    const Expr kept = cast<float>(find_defects ? WithoutDefects() : input(x, y));
    output(x, y) = ToLinear(((kept - row_offset(y)) - Place(0)) * Place(1));
  }

  void schedule() {
    output.dim(0).set_bounds(0, width_);
    output.dim(1).set_bounds(0, height_);
    const int lanes = natural_vector_size<uint16_t>();
    const Var strip("strip"), v("v");
    output.split(y, strip, v, kStrip, Halide::TailStrategy::GuardWithIf)
        .vectorize(x, lanes, Halide::TailStrategy::GuardWithIf);
    if (find_defects)
      padded_.compute_at(output, strip).vectorize(x, lanes, Halide::TailStrategy::RoundUp);
  }

 private:
  /// The samples, but where one is above the largest of its eight neighbours, or below the
  /// smallest, by more sigma than the threshold, their median.
  Expr WithoutDefects() {
    const Expr step = *step_;
    // Beyond an edge a pixel sees the neighbours on its other side, never itself.
    const Expr row = Halide::select(y < 0, y + 2 * step, y >= height_, y - 2 * step, y);
    rows_(x, y) = input(x, Halide::clamp(row, 0, height_ - 1));
    const Func inside = Halide::BoundaryConditions::repeat_edge(
        rows_, {{0, width_}, {Halide::Expr(), Halide::Expr()}});
    padded_(x, y) = Halide::select(
        x < 0, rows_(Halide::clamp(x + 2 * step, 0, width_ - 1), y), x >= width_,
        rows_(Halide::clamp(x - 2 * step, 0, width_ - 1), y), Halide::likely(inside(x, y)));

    std::array<Expr, 8> around;
    size_t i = 0;
    for (int v = -1; v <= 1; ++v) {
      for (int h = -1; h <= 1; ++h) {
        if (h != 0 || v != 0) around[i++] = padded_(x + h * step, y + v * step);
      }
    }
    Expr high = around[0], low = around[0];
    for (size_t k = 1; k < around.size(); ++k) {
      high = max(high, around[k]);
      low = min(low, around[k]);
    }
    const Expr dn = padded_(x, y);
    const Expr is_defective = IsBeyond(dn, high, 1.F) || IsBeyond(dn, low, -1.F);
    return Halide::select(is_defective, MedianOfEight(around), dn);
  }

  /// A number of the pixel's place in the tile.
  Expr Place(int what) {
    const auto at = [&](int place) { return places(place, what); };
    return Halide::select(y % 2 == 0, Halide::select(x % 2 == 0, at(0), at(1)),
                          Halide::select(x % 2 == 0, at(2), at(3)));
  }
  /// Whether `dn` is farther from `extreme`, on the side of `sign`, than noise of that brightness
  /// brings it.
  Expr IsBeyond(const Expr& dn, const Expr& extreme, float sign) {
    const Expr light = (cast<float>(extreme) - Place(0)) * Place(1);
    const Expr variance = Place(2) * max(light, 0.F) + Place(3);
    const Expr over = (cast<float>(dn) - cast<float>(extreme)) * Place(1) * sign;
    return over > 0.F && over * over > *threshold_ * *threshold_ * variance;
  }

  Var x{"x"}, y{"y"};
  Expr width_, height_;
  Input<int32_t>* step_ = nullptr;
  Input<float>* threshold_ = nullptr;
  Func rows_{"rows"}, padded_{"padded"};
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::RawFront, raw_front)
