// SPDX-License-Identifier: Apache-2.0
//
// One call from a raw monochrome frame to everything that feature tracking reads (core/pyramid.h).
// All arithmetic is on integers with the rounding written out, so every target produces the same
// bytes.
//
// It is a loop over the rows for each level and another for its gradients. Both in one
// (compute_with, strips of 16 or of 64 rows) gave the same bytes in 1.15 to 1.4 times the time, at
// 752x480 and at 1280x960 on x86-64 with AVX2.
#include <Halide.h>

#include <algorithm>
#include <string>

#include "halide_generators/boundary.h"

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::clamp;
using Halide::Expr;
using Halide::Func;
using Halide::max;
using Halide::min;
using Halide::Var;

constexpr int kLevels = 4;
constexpr int kWhite = 16383;

/// Vertical half of the 3x3 binomial: 0 .. 4 full scales.
Func SmoothRows(Func dn, Halide::Type type, Var x, Var y) {
  const Halide::Type wide = type.bits() == 8 ? Halide::UInt(16) : Halide::UInt(32);
  Func rows("smooth_rows");
  rows(x, y) = cast(wide, dn(x, y - 1)) + 2 * cast(wide, dn(x, y)) + cast(wide, dn(x, y + 1));
  return rows;
}

/// Horizontal half, in a unit that fits 16 bits: 8-bit input keeps all of the sum (DN * 16), 16-bit
/// input is rounded half up back to DN.
Func SmoothColumns(Func rows, Halide::Type type, Var x, Var y) {
  const Expr sum = rows(x - 1, y) + 2 * rows(x, y) + rows(x + 1, y);
  Func smooth("smooth");
  smooth(x, y) = type.bits() == 8 ? sum : cast<uint16_t>((sum + 8) >> 4);
  return smooth;
}

/// round((value - black) * 16383 / (white - black)), clamped to [0, 16383]; the quotient is a
/// multiplication by a 16.16 reciprocal, which is within one unit of the exact value and exact at
/// black and white.
Func Condition(Func smooth, Expr black, Expr white, int unit, Var x, Var y) {
  const Expr low = cast<uint16_t>(clamp(black, 0, 65535) * unit);
  const Expr range = cast<uint16_t>(clamp(white - black, 1, 65535) * unit);
  const Expr wide_range = cast<uint32_t>(range);
  const Expr scale = (cast<uint32_t>(kWhite << 16) + wide_range / 2) / wide_range;
  const Expr above = min(max(smooth(x, y), low) - low, range);
  const Expr scaled = (cast<uint32_t>(above) * scale + cast<uint32_t>(1 << 15)) >> 16;
  Func level("conditioned");
  level(x, y) = cast<int16_t>(min(cast<int32_t>(scaled), kWhite));
  return level;
}

/// Vertical half of the [1 4 6 4 1] x [1 4 6 4 1] / 256 decimation: rows 2y-2 .. 2y+2, at full
/// width.
Func DecimateRows(Func fine, Var x, Var y, const std::string& name) {
  const auto at = [&](int offset) { return cast<int32_t>(fine(x, 2 * y + offset)); };
  Func rows(name);
  rows(x, y) = at(-2) + at(2) + 4 * (at(-1) + at(1)) + 6 * at(0);
  return rows;
}

/// Horizontal half, rounded half up once for both.
Func DecimateColumns(Func rows, Var x, Var y, const std::string& name) {
  const auto at = [&](int offset) { return rows(2 * x + offset, y); };
  Func coarse(name);
  coarse(x, y) = cast<int16_t>((at(-2) + at(2) + 4 * (at(-1) + at(1)) + 6 * at(0) + 128) >> 8);
  return coarse;
}

/// Scharr's 3-10-3 derivative per pixel: / 32, rounded half up. A difference of two 14-bit values
/// fits 16 bits.
Func Gradient(Func level, Var x, Var y, Var c, const std::string& name) {
  const auto weighted = [](Expr a, Expr b, Expr d) {
    return cast<int16_t>(
        (cast<int32_t>(a) * 3 + cast<int32_t>(b) * 10 + cast<int32_t>(d) * 3 + 16) >> 5);
  };
  const auto along_x = [&](int v) { return level(x + 1, y + v) - level(x - 1, y + v); };
  const auto along_y = [&](int u) { return level(x + u, y + 1) - level(x + u, y - 1); };
  Func gradient(name);
  gradient(x, y, c) = Halide::select(c == 0, weighted(along_x(-1), along_x(0), along_x(1)),
                                     weighted(along_y(-1), along_y(0), along_y(1)));
  return gradient;
}

class TrackingPyramid : public Halide::Generator<TrackingPyramid> {
 public:
  /// DN, 8 or 16 bits (input.type): dimensions x, y; both at least 16.
  Input<Buffer<void, 2>> input{"input"};
  /// DN of no light and of full scale: 0 <= black_level < white_level <= the largest pixel value
  /// (of more, 16 bits hold no 16-fold).
  Input<int32_t> black_level{"black_level"};
  Input<int32_t> white_level{"white_level"};
  /// Level k: half of level k - 1, rounded up, in both dimensions; 0 .. 16383.
  Output<Buffer<int16_t, 2>[kLevels]> intensity { "intensity" };
  /// Plane 0: d/dx, plane 1: d/dy, per pixel of that level.
  Output<Buffer<int16_t, 3>[kLevels]> gradient { "gradient" };

  void generate() {
    input.dim(0).set_min(0);
    input.dim(1).set_min(0);
    width_[0] = input.dim(0).extent();
    height_[0] = input.dim(1).extent();
    for (int k = 1; k < kLevels; ++k) {
      width_[k] = (width_[k - 1] + 1) / 2;
      height_[k] = (height_[k - 1] + 1) / 2;
    }
    rows_[0] = SmoothRows(RepeatRows(input, height_[0]), input.type(), x, y);
    padded_rows_[0] = RepeatColumns(rows_[0], width_[0], "padded_rows_0");
    const int unit = input.type().bits() == 8 ? 16 : 1;
    Func level = Condition(SmoothColumns(padded_rows_[0], input.type(), x, y), black_level,
                           white_level, unit, x, y);
    for (int k = 0; k < kLevels; ++k) {
      const std::string suffix = "_" + std::to_string(k);
      intensity[k](x, y) = level(x, y);
      const Func tall = RepeatRows(Func(intensity[k]), height_[k]);
      padded_[k] = RepeatColumns(tall, width_[k], "padded" + suffix);
      gradient[k](x, y, c) = Gradient(padded_[k], x, y, c, "scharr" + suffix)(x, y, c);
      if (k + 1 == kLevels) break;
      const std::string next = "_" + std::to_string(k + 1);
      rows_[k + 1] = DecimateRows(tall, x, y, "rows" + next);
      padded_rows_[k + 1] = RepeatColumns(rows_[k + 1], width_[k], "padded_rows" + next);
      level = DecimateColumns(padded_rows_[k + 1], x, y, "decimated" + next);
    }
  }

  void schedule() {
    for (int k = 0; k < kLevels; ++k) {
      BoundToLevel(intensity[k], k);
      BoundToLevel(gradient[k], k);
      Func(gradient[k]).output_buffer().dim(2).set_bounds(0, 2);

      Func level = intensity[k];
      Func slope = gradient[k];
      level.compute_root();
      Vectorize(level, width_[k]);
      rows_[k].compute_at(level, y);
      Vectorize(rows_[k], width_[std::max(k - 1, 0)]);
      Stage(padded_rows_[k], level);
      slope.bound(c, 0, 2).reorder(c, x, y).unroll(c);
      Vectorize(slope, width_[k]);
      padded_[k].store_root();
      Stage(padded_[k], slope);
    }
  }

 private:
  /// An output of any other size is an error of the caller.
  void BoundToLevel(Func output, int k) {
    output.output_buffer().dim(0).set_bounds(0, width_[k]);
    output.output_buffer().dim(1).set_bounds(0, height_[k]);
  }

  /// The last vector of a row steps back over pixels already written; rows shorter than a vector
  /// are done one by one.
  void Vectorize(Func rows, const Expr& width) {
    const int lanes = natural_vector_size<int16_t>();
    rows.specialize(width >= lanes).vectorize(x, lanes, Halide::TailStrategy::ShiftInwards);
  }

  /// One row at a time in scratch memory, which may be longer than the row.
  void Stage(Func stage, Func consumer) {
    stage.compute_at(consumer, y)
        .vectorize(x, natural_vector_size<int16_t>(), Halide::TailStrategy::RoundUp);
  }

  Var x{"x"}, y{"y"}, c{"c"};
  Expr width_[kLevels], height_[kLevels];
  Func rows_[kLevels], padded_rows_[kLevels], padded_[kLevels];
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::TrackingPyramid, tracking_pyramid)
