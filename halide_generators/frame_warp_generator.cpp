// SPDX-License-Identifier: Apache-2.0
//
// A frame as it would look from where another one was taken, along a smooth field of motion, and
// how much of its noise the interpolation leaves.
//
// Two passes of eight taps, along rows and then along columns (Catmull, Smith, "3-D transformations
// of images in scanline order", SIGGRAPH 1980): the first brings row r of the source to the columns
// of the output, with the motion at that output pixel which the second will fetch from row r.
// Lanes of a vector share one window of pixels, one longer than the taps: motion may change by up
// to 1 px over 8 px.
#include <Halide.h>

#include <array>
#include <functional>
#include <vector>

#include "halide_generators/linear_samples.h"
#include "halide_generators/motion_nodes.h"

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::clamp;
using Halide::Expr;
using Halide::floor;
using Halide::Func;
using Halide::max;
using Halide::min;
using Halide::Tuple;
using Halide::Var;

constexpr int kLanes = 8;         // px that share a window of source pixels
constexpr int kTaps = 8;          // px
constexpr int kBefore = 3;        // taps left of the pixel below the position
constexpr float kOutside = 1e4F;  // share of noise where the source frame has nothing

// Weights of the tap pairs (i, 7 - i) at phase b = fraction - 1/2: even(b) + odd(b) and even(b) -
// odd(b), even = c0 + c1 b^2, odd = b (c2 + c3 b^2). The weights with the least mean squared error
// for images whose power falls with the cube of frequency (corner at 0.05 rad/px), the mean kept,
// have terms of b^4 and b^5; without, and exact at whole pixels, the error is 0.2 % larger.
constexpr float kPairs[kTaps / 2][4] = {{-0.030184F, 0.120658F, 0.010644F, -0.042565F},
                                        {0.098749F, -0.394794F, -0.042660F, 0.170601F},
                                        {-0.201039F, 0.803940F, 0.136221F, -0.544818F},
                                        {0.632474F, -0.529804F, -1.267858F, 1.071353F}};

/// The eight weights at a fraction of 0 .. 1.
std::array<Expr, kTaps> Weights(const Expr& fraction) {
  std::array<Expr, kTaps> weights;
  const Expr b = fraction - 0.5F, square = b * b;
  for (size_t i = 0; i < kTaps / 2; ++i) {
    const float* c = kPairs[i];
    const Expr even = c[0] + square * c[1];
    const Expr odd = b * (c[2] + square * c[3]);
    weights[i] = even + odd;
    weights[kTaps - 1 - i] = even - odd;
  }
  return weights;
}

/// Variance of a mean with these weights, of white noise of 1.
Expr NoiseGain(const Expr& fraction) {
  Expr sum = 0.F;
  for (const Expr& weight : Weights(fraction)) sum += weight * weight;
  return sum;
}

/// Lanes at fractions 0 .. 2 beyond the pixel where their common window starts to be asked for.
Expr Interpolate(const Expr& beyond, const std::array<Expr, kTaps + 1>& window) {
  const Expr further = beyond >= 1.F;
  const auto weights = Weights(Halide::select(further, beyond - 1.F, beyond));
  Expr sum = 0.F;
  for (size_t i = 0; i < kTaps; ++i)
    sum += weights[i] * Halide::select(further, window[i + 1], window[i]);
  return sum;
}

class FrameWarp : public Halide::Generator<FrameWarp> {
 public:
  /// 16-bit linear values: dimensions x, y.
  Input<Buffer<uint16_t, 2>> input{"input"};
  /// Share of its noise in blocks of 4 x 4 pixels; beyond its edges as there.
  Input<Buffer<float, 2>> remaining{"remaining"};
  /// What x, and the share of noise, are multiplied by: frames of different exposure.
  Input<float> brightness{"brightness"};
  Input<float> noise{"noise"};
  /// From a pixel of the output to the input, px: tile column, tile row, (x, y); at the centres of
  /// tiles of 16 x 16 pixels, bilinear between them, at least one tile.
  Input<Buffer<float, 3>> motion{"motion"};
  /// As large as the input: linear values, edges repeated.
  Output<Buffer<uint16_t, 2>> output{"output"};
  /// Of blocks of 4 x 4 pixels: share of noise with that of the interpolation; 1e4 where the middle
  /// of the block lies outside of the input.
  Output<Buffer<float, 2>> output_remaining{"output_remaining"};

  void generate() {
    input.dim(0).set_min(0);
    input.dim(1).set_min(0);
    width_ = input.dim(0).extent();
    height_ = input.dim(1).extent();
    source_(x, y) =
        (cast<float>(input(clamp(x, 0, width_ - 1), y)) - kPedestal) * brightness + kPedestal;
    node_rows_ = NodeRows(motion);
    MoveRows();
    WarpRows();
    WarpColumns();
    CarryNoise();
  }

  void schedule() {
    output.dim(0).set_bounds(0, width_);
    output.dim(1).set_bounds(0, height_);
    output_remaining.dim(0).set_bounds(0, (width_ + kBlock - 1) / kBlock);
    output_remaining.dim(1).set_bounds(0, (height_ + kBlock - 1) / kBlock);
    const auto round_up = Halide::TailStrategy::RoundUp;
    const int lanes = natural_vector_size<float>();
    row_motion_.compute_root();
    node_rows_.compute_root();
    source_.compute_at(rows_, y).vectorize(x, lanes, round_up);
    blocks_across_.compute_at(rows_, y).vectorize(b, lanes, round_up);
    blocks_down_.compute_at(output, y).vectorize(b, lanes, round_up);
    rows_.compute_root().bound(lane, 0, kLanes).reorder(lane, b, y).vectorize(lane);
    warped_.compute_at(output, y).bound(lane, 0, kLanes).reorder(lane, b, y).vectorize(lane);
    Func(output).vectorize(x, lanes, Halide::TailStrategy::GuardWithIf);
  }

 private:
  /// row_motion_(n, r): the motion in x under the centres of the tile columns for row r of the
  /// *input*.
  void MoveRows() {
    const auto from_row = [&](const Expr& down) {  // the row of the output from which to reach y
      return clamp(cast<int>(floor(cast<float>(y) - down + 0.5F)), 0, height_ - 1);
    };
    const Expr first = node_rows_(n, y, 1);
    const Expr second = node_rows_(n, from_row(first), 1);
    // Between rows the motion in x goes on as along the two beside it.
    const Expr at = clamp(cast<float>(y) - second, 0.F, cast<float>(height_ - 1));
    const Expr row = clamp(cast<int>(floor(at)), 0, max(height_ - 2, 0));
    row_motion_(n, y) = Mix(node_rows_(n, row, 0), node_rows_(n, min(row + 1, height_ - 1), 0),
                            at - cast<float>(row));
  }

  /// Of a field at the columns of block b: where its lanes' windows begin, whole px, where its
  /// first lane is, and what follows from lane to lane.
  Tuple BlockOf(const std::function<Expr(Expr)>& field) const {
    const BetweenNodes left = NodesAround(b * kLanes, motion.dim(0).extent());
    const Expr from = field(left.first), to = field(left.second);
    const Expr step = (to - from) * (1.F / kTileSize);
    const Expr first = Mix(from, to, left.share);
    const Expr last = first + step * static_cast<float>(kLanes - 1);
    return Tuple(cast<int>(floor(min(first, last))), first, step);
  }
  /// The position of a lane beyond the begin of the windows.
  Expr Beyond(const Halide::FuncRef& block) const {
    const Expr start = block[0], first = block[1], step = block[2];
    return clamp(first + step * cast<float>(lane) - cast<float>(start), 0.F, 2.F);
  }

  /// Rows of the frame, and those beyond its edges that windows reach.
  void WarpRows() {
    const Expr row = clamp(y, 0, height_ - 1);
    blocks_across_(b, y) = BlockOf([&](const Expr& node) { return row_motion_(node, y); });
    // Windows beyond the frame end at its repeated edge.
    const Expr begin = blocks_across_(b, row)[0];
    const Expr start = clamp(b * kLanes + begin - kBefore, -kLanes - kTaps, width_ + kLanes);
    std::array<Expr, kTaps + 1> window;
    for (int i = 0; i <= kTaps; ++i)
      window[static_cast<size_t>(i)] = source_(start + lane + i, row);
    rows_(lane, b, y) = Interpolate(Beyond(blocks_across_(b, row)), window);
  }

  void WarpColumns() {
    blocks_down_(b, y) = BlockOf([&](const Expr& node) { return node_rows_(node, y, 1); });
    const Expr begin = blocks_down_(b, y)[0];
    const Expr start = clamp(y + begin - kBefore, -kTaps, height_);
    std::array<Expr, kTaps + 1> window;
    for (int i = 0; i <= kTaps; ++i) window[static_cast<size_t>(i)] = rows_(lane, b, start + i);
    const Expr value = Interpolate(Beyond(blocks_down_(b, y)), window);
    warped_(lane, b, y) = cast<uint16_t>(clamp(value + 0.5F, 0.F, 65535.F));
    output(x, y) = warped_(x % kLanes, x / kLanes, y);
  }

  void CarryNoise() {
    const Expr middle_x = min(x * kBlock + kBlock / 2, width_ - 1);
    const Expr middle_y = min(y * kBlock + kBlock / 2, height_ - 1);
    const BetweenNodes across = NodesAround(middle_x, motion.dim(0).extent());
    const auto moved = [&](int axis) {
      return Mix(node_rows_(across.first, middle_y, axis),
                 node_rows_(across.second, middle_y, axis), across.share);
    };
    const Expr to_x = cast<float>(middle_x) + moved(0), to_y = cast<float>(middle_y) + moved(1);
    const Func shares = BlockShares(remaining);
    const auto block = [](const Expr& at, const Expr& size) {
      return clamp(cast<int>(floor(at)), 0, size - 1) / kBlock;
    };
    const Expr inside = to_x >= 0.F && to_y >= 0.F && to_x <= cast<float>(width_ - 1) &&
                        to_y <= cast<float>(height_ - 1);
    const Expr share = shares(block(to_x, width_), block(to_y, height_)) * noise *
                       (NoiseGain(to_x - floor(to_x)) * NoiseGain(to_y - floor(to_y)));
    output_remaining(x, y) = Halide::select(inside, share, kOutside);
  }

  Var x{"x"}, y{"y"}, n{"n"}, b{"b"}, lane{"lane"};
  Expr width_, height_;
  Func source_{"source"}, node_rows_, row_motion_{"row_motion"}, blocks_across_{"blocks_across"},
      blocks_down_{"blocks_down"}, rows_{"rows"}, warped_{"warped"};
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::FrameWarp, frame_warp)
