// SPDX-License-Identifier: Apache-2.0
//
// The last stage of development, for people: a linear mosaic of a 2 x 2 colour filter to an 8-bit
// sRGB picture in one pass: lens shading, white balance, demosaicing, colour matrix, local tone and
// sharpening (picture_detail.h), tone curve.
//
// Demosaicing after Hamilton and Adams, "Adaptive color plane interpolation in single sensor color
// electronic camera", US patent 5,629,734 (1997; expired): green along the direction that varies
// less, corrected by the second difference of the pixel's own colour; then red and blue by their
// differences from green. Instead of a choice between the two directions they are weighted by the
// inverse of their squared variation plus what noise adds to it, so that in noise both count and
// nothing is decided by chance.
#include <Halide.h>

#include <memory>

#include "halide_generators/boundary.h"
#include "halide_generators/lens_shading.h"
#include "halide_generators/linear_samples.h"
#include "halide_generators/picture_detail.h"

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::Expr;
using Halide::Func;
using Halide::max;
using Halide::min;
using Halide::Tuple;
using Halide::Var;

constexpr int kStrip = 32;     // rows
constexpr int kCodes = 16384;  // entries of the tone curve
// Mean of the product of the absolute values of two Gaussians of variance 2 and 6, twice.
constexpr float kMixedNoise = 4.41F;

class ColourFinish : public Halide::Generator<ColourFinish> {
 public:
  /// With local tone and sharpening (picture_detail.h), whose inputs come after the others.
  GeneratorParam<bool> with_detail{"with_detail", false};

  /// 16-bit linear values: dimensions x, y; both at least 16.
  Input<Buffer<uint16_t, 2>> input{"input"};
  /// Column and row (0 or 1) of the red pixel in the 2 x 2 tile; blue is across.
  Input<int32_t> red_x{"red_x"};
  Input<int32_t> red_y{"red_y"};
  /// Gains of red, green, blue.
  Input<Buffer<float, 1>> white_balance{"white_balance"};
  /// Lens shading: what is multiplied with, 1 + r2 (v0 + r2 (v1 + r2 v2)), r2 the squared distance
  /// from the middle of the image, 1 in its corners.
  Input<Buffer<float, 1>> vignetting{"vignetting"};
  /// var(x) = S x + O of the noise that is left, x before white balance.
  Input<float> S{"S"};
  Input<float> O{"O"};
  /// Dimensions: from (red, green, blue as balanced), to (sRGB primaries).
  Input<Buffer<float, 2>> matrix{"matrix"};
  /// Of x = 0 .. 1 in 16383 steps, the picture's value.
  Input<Buffer<uint8_t, 1>> tone{"tone"};
  /// Dimensions x, y, colour; interleaved.
  Output<Buffer<uint8_t, 3>> output{"output"};

  void configure() {
    if (!with_detail) return;
    nodes_ = add_input<Buffer<float, 3>>("nodes");
    local_ = add_input<float>("local");
    sharpening_ = add_input<float>("sharpening");
  }

  void generate() {
    input.dim(0).set_min(0);
    input.dim(1).set_min(0);
    white_balance.dim(0).set_bounds(0, 3);
    vignetting.dim(0).set_bounds(0, 3);
    matrix.dim(0).set_bounds(0, 3);
    matrix.dim(1).set_bounds(0, 3).set_stride(3);
    tone.dim(0).set_bounds(0, kCodes);
    width_ = input.dim(0).extent();
    height_ = input.dim(1).extent();
    Balance();
    Green();
    Colours();
    Mix();
    Expr code = mixed_(x, y, c);
    if (with_detail) {
      detail_ = std::make_unique<PictureDetail>(light_, *nodes_, *local_, *sharpening_);
      code *= detail_->Gain(x - red_x, y - red_y);
    }
    code = code * static_cast<float>(kCodes - 1) + 0.5F;
    codes_(x, y, c) = cast<uint16_t>(Halide::clamp(code, 0.F, static_cast<float>(kCodes - 1)));
    output(x, y, c) = tone(cast<int32_t>(min(codes_(x + red_x, y + red_y, c), kCodes - 1)));
  }

  void schedule() {
    output.dim(0).set_bounds(0, width_).set_stride(3);
    output.dim(1).set_bounds(0, height_);
    output.dim(2).set_bounds(0, 3).set_stride(1);
    const int lanes = natural_vector_size<float>();
    const auto round_up = Halide::TailStrategy::RoundUp;
    const Var strip("strip"), v("v"), a("a"), q("q"), w("w");
    output.reorder(c, x, y)
        .unroll(c)
        .split(y, strip, v, kStrip, Halide::TailStrategy::GuardWithIf)
        .unroll(x, 4, Halide::TailStrategy::GuardWithIf);
    // Vectors of two phases, put side by side in registers.
    Func pixels = with_detail ? mixed_ : codes_;
    pixels.compute_at(output, strip)
        .bound(c, 0, 3)
        .align_bounds(x, 2)
        .align_bounds(y, 2)
        .split(x, a, x, 2 * lanes, round_up)
        .split(y, q, w, 2, round_up)
        .reorder(x, c, w, a, q)
        .unroll(c)
        .unroll(w)
        .vectorize(x);
    if (with_detail) {
      codes_.compute_at(output, v).reorder(c, x, y).bound(c, 0, 3).unroll(c);
      codes_.vectorize(x, lanes, round_up);
      detail_->Schedule(output, strip, v, lanes);
    }
    rgb_.compute_at(pixels, a)
        .reorder_storage(i, phase_, j)
        .vectorize(i, lanes, round_up)
        .reorder(phase_, i, j)
        .unroll(phase_);
    green_.compute_at(output, strip)
        .reorder_storage(i, t, j)
        .vectorize(i, lanes, round_up)
        .reorder(t, i, j)
        .unroll(t);
    balanced_.compute_at(output, strip)
        .reorder_storage(i, phase_, j)
        .vectorize(i, lanes, round_up)
        .reorder(phase_, i, j)
        .unroll(phase_);
    padded_.compute_at(output, strip).vectorize(x, lanes, round_up);
  }

 private:
  /// Coordinates (i, j) count tiles that begin with red; phase: red, green beside it, green below
  /// it, blue.
  void Balance() {
    padded_(x, y) = MirrorColumns(MirrorRows(input, height_), width_)(x, y);
    const Expr column = 2 * i + phase_ % 2 - red_x, row = 2 * j + phase_ / 2 - red_y;
    const Expr gain = LensGain(column, row, width_, height_, vignetting);
    const Expr colour = Halide::mux(
        phase_, {white_balance(0), white_balance(1), white_balance(1), white_balance(2)});
    balanced_(phase_, i, j) = FromLinear(padded_(column, row)) * (gain * colour);
  }

  /// The balanced sample at (x, y) of the mosaic's pixels within the tile (i, j).
  Expr At(int px, int py) {
    const auto tile = [](int p) { return p >= 0 ? p / 2 : (p - 1) / 2; };
    const int dx = tile(px), dy = tile(py);
    return balanced_(px - 2 * dx + 2 * (py - 2 * dy), i + dx, j + dy);
  }

  /// Green where red is (t = 0) and where blue is (t = 1).
  void Green() {
    // What noise adds to the square of a variation, the sum of the absolute values of a difference
    // of greens (variance 2) and of a second difference of the pixel's own colour (6). Variances
    // after white balance: the gain times S by the balanced light, its square times O.
    const auto noise_of = [&](const Expr& green, const Expr& own, const Expr& own_gain) {
      const auto variance = [&](const Expr& light, const Expr& gain) {
        return (gain * S) * max(light, 0.F) + (gain * gain) * O;
      };
      const Expr greens = variance(green, white_balance(1)), owns = variance(own, own_gain);
      return 2.F * greens + 6.F * owns + kMixedNoise * Halide::sqrt(greens * owns) + 1e-9F;
    };
    const auto at = [&](int p) {
      const Expr own = 2.F * At(p, p);
      const auto along = [&](int h, int v) {
        const Expr before = At(p - h, p - v), after = At(p + h, p + v);
        const Expr bend = own - At(p - 2 * h, p - 2 * v) - At(p + 2 * h, p + 2 * v);
        return Tuple((before + after) * 0.5F + bend * 0.25F,
                     Halide::abs(before - after) + Halide::abs(bend));
      };
      const Tuple across = along(1, 0), down = along(0, 1);
      const Expr light = (At(p - 1, p) + At(p + 1, p)) * 0.5F;
      const Expr noise = noise_of(light, At(p, p), white_balance(2 * p));
      const Expr of_across = down[1] * down[1] + noise, of_down = across[1] * across[1] + noise;
      return (of_across * across[0] + of_down * down[0]) / (of_across + of_down);
    };
    green_(t, i, j) = Halide::mux(t, {at(0), at(1)});
  }

  /// Red and blue less green where they were measured, and interpolated between.
  void Colours() {
    const auto red = [&](int dx, int dy) {
      return balanced_(0, i + dx, j + dy) - green_(0, i + dx, j + dy);
    };
    const auto blue = [&](int dx, int dy) {
      return balanced_(3, i + dx, j + dy) - green_(1, i + dx, j + dy);
    };
    const Expr green[4] = {green_(0, i, j), At(1, 0), At(0, 1), green_(1, i, j)};
    const Expr reds[4] = {red(0, 0), (red(0, 0) + red(1, 0)) * 0.5F, (red(0, 0) + red(0, 1)) * 0.5F,
                          ((red(0, 0) + red(1, 0)) + (red(0, 1) + red(1, 1))) * 0.25F};
    const Expr blues[4] = {((blue(-1, -1) + blue(0, -1)) + (blue(-1, 0) + blue(0, 0))) * 0.25F,
                           (blue(0, -1) + blue(0, 0)) * 0.5F, (blue(-1, 0) + blue(0, 0)) * 0.5F,
                           blue(0, 0)};
    const auto all = [&](const Expr(&v)[4]) {
      return Halide::mux(phase_, {v[0], v[1], v[2], v[3]});
    };
    const Expr g = all(green);
    rgb_(phase_, i, j) = Tuple(all(reds) + g, g, all(blues) + g);
  }

  /// Linear sRGB, in the coordinates of tiles. What is saturated stays white: no colour above 1.
  void Mix() {
    const auto at = [&](int column) {
      const Tuple rgb = rgb_(column + 2 * (y % 2), x / 2, y / 2);
      const Expr balanced[3] = {min(rgb[0], 1.F), min(rgb[1], 1.F), min(rgb[2], 1.F)};
      return (matrix(0, c) * balanced[0] + matrix(1, c) * balanced[1]) + matrix(2, c) * balanced[2];
    };
    mixed_(x, y, c) = Halide::select(x % 2 == 0, at(0), at(1));
    const auto mixed = [&](int colour) { return mixed_(x + red_x, y + red_y, colour); };
    // Luminance of sRGB's primaries.
    light_(x, y) = (0.2126F * mixed(0) + 0.7152F * mixed(1)) + 0.0722F * mixed(2);
  }

  Var x{"x"}, y{"y"}, c{"c"}, i{"i"}, j{"j"}, t{"t"}, phase_{"phase"};
  Expr width_, height_;
  Input<Buffer<float, 3>>* nodes_ = nullptr;
  Input<float>*local_ = nullptr, *sharpening_ = nullptr;
  Func padded_{"padded"}, balanced_{"balanced"}, green_{"green"}, rgb_{"rgb"}, mixed_{"mixed"},
      light_{"light"}, codes_{"codes"};
  std::unique_ptr<PictureDetail> detail_;
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::ColourFinish, colour_finish)
