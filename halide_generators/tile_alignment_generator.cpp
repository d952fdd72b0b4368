// SPDX-License-Identifier: Apache-2.0
//
// What each tile of 16 x 16 pixels tells about the motion that brings one image onto another: the
// normal equations of Lucas and Kanade around the motion known so far, which bends within the tile.
// Sums run down the columns and then over them, in an order that no vector width changes.
#include <Halide.h>

#include <vector>

#include "halide_generators/motion_nodes.h"

namespace nightjar::generators {
namespace {

using Halide::cast;
using Halide::Expr;
using Halide::floor;
using Halide::Func;
using Halide::Tuple;
using Halide::Var;

constexpr int kSums = 8;

class TileAlignment : public Halide::Generator<TileAlignment> {
 public:
  /// A level of a tracking pyramid: intensity and its derivatives in x and y (dimension 2).
  Input<Buffer<int16_t, 2>> reference{"reference"};
  Input<Buffer<int16_t, 3>> gradient{"gradient"};
  /// The same level of the other image, as large.
  Input<Buffer<int16_t, 2>> other{"other"};
  /// From the reference to the other image, px of this level; one node a tile.
  Input<Buffer<float, 3>> motion{"motion"};
  /// Tile column, tile row, and the sums over the tile's pixels that lie in both images, with g =
  /// gradient and r = reference - other where the motion leads: gx gx, gx gy, gy gy, gx r, gy r,
  /// r r, reference, 1.
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
    node_rows_ = NodeRows(motion);
    const Expr px = kTileSize * n + i, py = kTileSize * m + j;
    const Expr x = Halide::min(Halide::likely(px), width - 1);
    const Expr y = Halide::min(Halide::likely(py), height - 1);
    const BetweenNodes across = NodesAround(px, motion.dim(0).extent());
    const auto moved = [&](int axis) {
      return Mix(node_rows_(across.first, y, axis), node_rows_(across.second, y, axis),
                 across.share);
    };
    const Expr to_x = cast<float>(px) + moved(0), to_y = cast<float>(py) + moved(1);
    const Expr inside = px < width && py < height && to_x >= 0.F && to_y >= 0.F &&
                        to_x <= cast<float>(width - 1) && to_y <= cast<float>(height - 1);
    const Expr left = Halide::clamp(cast<int>(floor(to_x)), 0, width - 2);
    const Expr top = Halide::clamp(cast<int>(floor(to_y)), 0, height - 2);
    const auto at = [&](int dx, int dy) { return cast<float>(other(left + dx, top + dy)); };
    const Expr right_share = to_x - cast<float>(left), low_share = to_y - cast<float>(top);
    const Expr value =
        Mix(Mix(at(0, 0), at(1, 0), right_share), Mix(at(0, 1), at(1, 1), right_share), low_share);
    const Expr here = cast<float>(reference(x, y));
    const Expr one = Halide::select(inside, 1.F, 0.F);
    const Expr gx = one * cast<float>(gradient(x, y, 0)), gy = one * cast<float>(gradient(x, y, 1));
    const Expr r = one * (here - value);
    pixel_(i, j, n, m) =
        Tuple(std::vector<Expr>{gx * gx, gx * gy, gy * gy, gx * r, gy * r, r * r, one * here, one});
    Sum();
  }

  void schedule() {
    sums.dim(0).set_bounds(0, motion.dim(0).extent());
    sums.dim(1).set_bounds(0, motion.dim(1).extent());
    sums.dim(2).set_bounds(0, kSums);
    Func(sums).bound(k, 0, kSums).reorder(k, n, m).unroll(k);
    node_rows_.compute_root();
    column_.compute_at(sums, n).bound(i, 0, kTileSize).vectorize(i);
    column_.update().vectorize(i);
  }

 private:
  void Sum() {
    const Halide::RDom rows(0, kTileSize, "rows");
    std::vector<Expr> zero(kSums, Expr(0.F)), sum, total;
    column_(i, n, m) = Tuple(zero);
    for (int s = 0; s < kSums; ++s) sum.push_back(column_(i, n, m)[s] + pixel_(i, rows, n, m)[s]);
    column_(i, n, m) = Tuple(sum);
    for (int s = 0; s < kSums; ++s) {
      Expr all = column_(0, n, m)[s];
      for (int c = 1; c < kTileSize; ++c) all += column_(c, n, m)[s];
      total.push_back(all);
    }
    sums(n, m, k) = Halide::mux(k, total);
  }

  Var i{"i"}, j{"j"}, n{"n"}, m{"m"}, k{"k"};
  Func node_rows_, pixel_{"pixel"}, column_{"column"};
};

}  // namespace
}  // namespace nightjar::generators

HALIDE_REGISTER_GENERATOR(nightjar::generators::TileAlignment, tile_alignment)
