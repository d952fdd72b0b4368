// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <Halide.h>

namespace nightjar::generators {

/// 2^-halvings for halvings >= 0, bit by bit isp/events/exponential_decay.h, which says how.
inline Halide::Expr ExponentialDecay(const Halide::Expr& halvings) {
  const Halide::Expr bounded = Halide::min(halvings, 126.F);
  const Halide::Expr whole = Halide::floor(bounded + 0.5F);
  const Halide::Expr rest = bounded - whole;
  Halide::Expr series = 0.00015403530F;
  series = series * rest - 0.0013333558F;
  series = series * rest + 0.0096181291F;
  series = series * rest - 0.055504109F;
  series = series * rest + 0.24022651F;
  series = series * rest - 0.69314718F;
  series = series * rest + 1.F;
  const Halide::Expr power = Halide::reinterpret<float>((127 - Halide::cast<int32_t>(whole)) << 23);
  return Halide::select(halvings < 126.F, series * power, 0.F);
}

}  // namespace nightjar::generators
