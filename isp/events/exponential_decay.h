// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace nightjar {

/// 2^-halvings for halvings >= 0, to 2.5e-7 of its value: 1 at 0, never above 1, 0 from 126 on. Of
/// +, - and * alone, so that every machine has the same bits; the kernels have the same ones
/// (halide_generators/exponential_decay.h).
inline float ExponentialDecay(float halvings) {
  if (!(halvings < 126)) return 0;
  // A power of two for the whole number next to it, Taylor's series of 2^-rest for |rest| <= 1/2.
  const float whole = std::floor(halvings + 0.5F);
  const float rest = halvings - whole;
  float series = 0.00015403530F;
  series = series * rest - 0.0013333558F;
  series = series * rest + 0.0096181291F;
  series = series * rest - 0.055504109F;
  series = series * rest + 0.24022651F;
  series = series * rest - 0.69314718F;
  series = series * rest + 1.0F;
  return series * std::bit_cast<float>((127 - static_cast<int32_t>(whole)) << 23);
}

inline constexpr double kLog2OfE = 1.4426950408889634;

}  // namespace nightjar
