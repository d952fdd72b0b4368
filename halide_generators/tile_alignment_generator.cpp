// SPDX-License-Identifier: Apache-2.0
//
// What each tile of 16 x 16 pixels tells about the motion that brings one image onto another: the
// normal equations of Lucas and Kanade around the motion known so far, which bends within the tile.
// Sums run down the columns and then over them, in an order that no vector width changes.
//
// Lanes of a vector share one window of the other image, three columns and rows of it for the two
// that a pixel lies between: motion may change by up to 1 px over 8 px.
#include <Halide.h>

#include <vector>

#include "halide_generators/boundary.h"
#include "halide_generators/motion_nodes.h"

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::clamp;
using Halide::Expr;
using Halide::floor;
using Halide::Func;
using Halide::min;
using Halide::Tuple;
using Halide::Var;

constexpr int kSums = 8;
constexpr int kLanes = 8;  // px that share a window of the other image

class TileAlignment : public Halide::Generator<TileAlignment> {
 public:
  /// A level of a tracking pyramid: intensity and its derivatives in x and y (dimension 2).
  Input<Buffer<int16_t, 2>> reference{"reference"};
  Input<Buffer<int16_t, 3>> gradient{"gradient"};
  /// The same level of the other image, as large.
  Input<Buffer<int16_t, 2>> other{"other"};
  /// Of every how many rows: 1, 2 or 4.
  Input<int32_t> row_step{"row_step"};
  /// From the reference to the other image, px of this level; one node a tile.
  Input<Buffer<float, 3>> motion{"motion"};
  /// Tile column, tile row, and the sums over the tile's pixels that lie in both images, with g =
  /// gradient and r = reference - other where the motion leads: gx gx, gx gy, gy gy, gx r, gy r,
  /// r r, reference, 1. Where motion changes by more than 1 px over 8 px pixels may be left out.
  Output<Buffer<float, 3>> sums{"sums"};

  void generate() {
    reference.dim(0).set_min(0);
    reference.dim(1).set_min(0);
    const Expr width = reference.dim(0).extent(), height = reference.dim(1).extent();
    for (int d = 0; d < 2; ++d) {
      gradient.dim(d).set_bounds(0, reference.dim(d).extent());
      other.dim(d).set_bounds(0, reference.dim(d).extent());
    }
    gradient.dim(2).set_bounds(0, 2);
    const Expr step = clamp(row_step, 1, 4);
    rows_ = Halide::RDom(0, kTileSize / step, "rows");
    node_rows_ = NodeRows(motion);
    padded_ = RepeatColumns(other, width, "padded");
    const Expr px = kTileSize * n + kLanes * b + lane, py = kTileSize * m + step * j;
    const Expr x = Halide::min(Halide::likely(px), width - 1);
    const Expr y = Halide::min(Halide::likely(py), height - 1);
    // To where lane l leads; the nodes around are the same for all.
    const BetweenNodes across = NodesAround(px - lane, motion.dim(0).extent());
    const auto reached = [&](int axis, const Expr& l) {
      const Expr share = across.share + cast<float>(l) * (1.F / kTileSize);
      const Expr moved =
          Mix(node_rows_(across.first, y, axis), node_rows_(across.second, y, axis), share);
      return (axis == 0 ? cast<float>(px - lane + l) : cast<float>(py)) + moved;
    };
    const auto pixel_of = [&](int axis, const Expr& l) {
      return cast<int>(floor(reached(axis, l)));
    };
    const Expr left = min(pixel_of(0, 0), pixel_of(0, kLanes - 1) - (kLanes - 1));
    const Expr top = min(pixel_of(1, 0), pixel_of(1, kLanes - 1));
    const Expr to_x = reached(0, lane), to_y = reached(1, lane);
    const Expr beside = pixel_of(0, lane) - lane - left, below = pixel_of(1, lane) - top;
    const Expr inside = px < width && py < height && to_x >= 0.F && to_y >= 0.F &&
                        to_x <= cast<float>(width - 1) && to_y <= cast<float>(height - 1) &&
                        beside >= 0 && beside <= 1 && below >= 0 && below <= 1;
    const Expr right_share = to_x - floor(to_x), low_share = to_y - floor(to_y);
    const auto across_row = [&](int down) {
      const auto at = [&](int right) {
        return cast<float>(padded_(clamp(left, -kLanes - 1, width) + lane + right,
                                   clamp(top + down, 0, height - 1)));
      };
      const Expr further = beside >= 1;
      return Mix(Halide::select(further, at(1), at(0)), Halide::select(further, at(2), at(1)),
                 right_share);
    };
    const Expr rows[] = {across_row(0), across_row(1), across_row(2)};
    const Expr value = Mix(Halide::select(below >= 1, rows[1], rows[0]),
                           Halide::select(below >= 1, rows[2], rows[1]), low_share);
    const Expr here = cast<float>(reference(x, y));
    const Expr one = Halide::select(inside, 1.F, 0.F);
    const Expr gx = one * cast<float>(gradient(x, y, 0)), gy = one * cast<float>(gradient(x, y, 1));
    const Expr r = one * (here - value);
    pixel_(lane, b, j, n, m) =
        Tuple(std::vector<Expr>{gx * gx, gx * gy, gy * gy, gx * r, gy * r, r * r, one * here, one});
    Sum();
  }

  void schedule() {
    sums.dim(0).set_bounds(0, motion.dim(0).extent());
    sums.dim(1).set_bounds(0, motion.dim(1).extent());
    sums.dim(2).set_bounds(0, kSums);
    Func(sums).bound(k, 0, kSums).reorder(k, n, m).unroll(k);
    node_rows_.compute_root();
    padded_.compute_root().vectorize(padded_.args()[0], natural_vector_size<int16_t>(),
                                     Halide::TailStrategy::RoundUp);
    column_.compute_at(sums, n).bound(lane, 0, kLanes).bound(b, 0, kTileSize / kLanes);
    column_.vectorize(lane);
    column_.update().reorder(lane, rows_, b).vectorize(lane);
  }

 private:
  void Sum() {
    std::vector<Expr> zero(kSums, Expr(0.F)), sum, total;
    column_(lane, b, n, m) = Tuple(zero);
    for (int s = 0; s < kSums; ++s)
      sum.push_back(column_(lane, b, n, m)[s] + pixel_(lane, b, rows_, n, m)[s]);
    column_(lane, b, n, m) = Tuple(sum);
    for (int s = 0; s < kSums; ++s) {
      Expr all = column_(0, 0, n, m)[s];
      for (int c = 1; c < kTileSize; ++c) all += column_(c % kLanes, c / kLanes, n, m)[s];
      total.push_back(all);
    }
    sums(n, m, k) = Halide::mux(k, total);
  }

  Var lane{"lane"}, b{"b"}, j{"j"}, n{"n"}, m{"m"}, k{"k"};
  Halide::RDom rows_;
  Func node_rows_, padded_, pixel_{"pixel"}, column_{"column"};
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::TileAlignment, tile_alignment)
