// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cmath>

#include "data/simulator/float8.h"

namespace nightjar {

/// Standard normal numbers, one of each lane's 32 uniform bits: the inverse of the distribution
/// function, to 2e-6 up to 5.3 sigma and to 0.003 at the last, 6.3 sigma. The first bit is the
/// sign.
///
/// Giles, "Approximating the erfinv function", GPU Computing Gems Jade Edition (2011), single
/// precision.
NIGHTJAR_INLINE Float8 Normal8(Int8 bits) {
  constexpr float kCentre[] = {2.81022636e-08F,  3.43273939e-07F, -3.5233877e-06F,
                               -4.39150654e-06F, 0.00021858087F,  -0.00125372503F,
                               -0.00417768164F,  0.246640727F,    1.50140941F};
  constexpr float kTail[] = {-0.000200214257F, 0.000100950558F, 0.00134934322F,
                             -0.00367342844F,  0.00573950773F,  -0.0076224613F,
                             0.00943887047F,   1.00167406F,     2.83297682F};
  // What is beyond, on both sides: 1 - |x| of the function's argument x. It keeps its precision
  // where x is next to 1.
  const Float8 beyond = (ToFloat(bits & All(0x7FFFFFFF)) + All(0.5F)) * All(0x1p-31F);
  const Float8 w = All(-0.69314718F) * Log2(beyond * (All(2.0F) - beyond));
  const auto polynomial = [](const float* p, Float8 x) {
    Float8 sum = All(p[0]);
    for (int i = 1; i < 9; ++i) sum = All(p[i]) + sum * x;
    return sum;
  };
  Float8 p = polynomial(kCentre, w - All(2.5F));
  const Int8 in_tail = Less(All(5.0F), w);
  if (AnyOf(in_tail)) {
    Float8 root = All(3.0F);
    for (int lane = 0; lane < 8; ++lane) {
      if (in_tail[lane] != 0) root[lane] = std::sqrt(w[lane]);
    }
    p = Choose(in_tail, polynomial(kTail, root - All(3.0F)), p);
  }
  const Float8 size = All(1.41421356F) * (All(1.0F) - beyond) * p;
  const Int8 sign = bits & All(static_cast<int32_t>(0x80000000));
  return std::bit_cast<Float8>(std::bit_cast<Int8>(size) ^ sign);
}

}  // namespace nightjar
