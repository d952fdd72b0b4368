// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Halide.h>

namespace nightjar::generators {

/// 16-bit linear frames (isp/linear_frame.h): DN = kPedestal + kScale x.
inline constexpr float kPedestal = 4096;
inline constexpr float kScale = 57344;

/// x of a linear sample.
inline Halide::Expr FromLinear(const Halide::Expr& dn) {
  return (Halide::cast<float>(dn) - kPedestal) * (1.F / kScale);
}

/// The sample nearest to x.
inline Halide::Expr ToLinear(const Halide::Expr& x) {
  return Halide::cast<uint16_t>(Halide::clamp(x * kScale + (kPedestal + 0.5F), 0.F, 65535.F));
}

/// What a map of shares of noise holds one value for: blocks of 4 x 4 pixels.
inline constexpr int kBlock = 4;

/// `shares`(h, v), which beyond its own edges goes on as there.
template <typename Shares>
Halide::Func BlockShares(Shares& shares) {
  shares.dim(0).set_min(0);
  shares.dim(1).set_min(0);
  return Halide::BoundaryConditions::repeat_edge(shares);
}

}  // namespace nightjar::generators
