// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Halide.h>

namespace nightjar::generators {

/// A field of motion (isp/motion_field.h): values at the centres of tiles of 16 x 16 pixels,
/// bilinear between them and going on as between the last two beyond.
inline constexpr int kTileSize = 16;
inline constexpr float kTileCentre = 7.5F;  // px

/// The two nodes that a position lies between, and how far it is from the first to the second.
struct BetweenNodes {
  Halide::Expr first, second, share;
};

/// Along one axis with `count` >= 1 nodes.
inline BetweenNodes NodesAround(const Halide::Expr& px, const Halide::Expr& count) {
  const Halide::Expr at = (Halide::cast<float>(px) - kTileCentre) * (1.F / kTileSize);
  const Halide::Expr first =
      Halide::clamp(Halide::cast<int>(Halide::floor(at)), 0, Halide::max(count - 2, 0));
  return {first, Halide::min(first + 1, count - 1), at - Halide::cast<float>(first)};
}

inline Halide::Expr Mix(const Halide::Expr& from, const Halide::Expr& to,
                        const Halide::Expr& share) {
  return from + share * (to - from);
}

/// rows(n, y, c): the motion in pixel row y under the centres of the tile columns n.
template <typename Motion>
Halide::Func NodeRows(Motion& motion) {
  for (int d = 0; d < 3; ++d) motion.dim(d).set_min(0);
  const Halide::Var n("n"), y("y"), c("c");
  Halide::Func rows("node_rows");
  const BetweenNodes tiles = NodesAround(y, motion.dim(1).extent());
  rows(n, y, c) = Mix(motion(n, tiles.first, c), motion(n, tiles.second, c), tiles.share);
  return rows;
}

}  // namespace nightjar::generators
