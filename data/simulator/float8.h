// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

/// What is to become part of the function that uses it: vectors of 32 bytes are passed to functions
/// in a way that depends on the instructions that a file is compiled for (tile_light.h).
#define NIGHTJAR_INLINE [[gnu::always_inline]] inline

/// Eight numbers at a time: the compilers' own vectors, since neither of them finds them in loops
/// with so many conditions. Basic arithmetic rounds alike in every lane of every machine; where the
/// machine's vectors are of four, the compiler uses two of them.
namespace nightjar {

using Float8 = float __attribute__((vector_size(32), aligned(32)));
using Int8 = int32_t __attribute__((vector_size(32), aligned(32)));

NIGHTJAR_INLINE Float8 All(float value) {
  return Float8{value, value, value, value, value, value, value, value};
}
NIGHTJAR_INLINE Int8 All(int32_t value) {
  return Int8{value, value, value, value, value, value, value, value};
}

/// The eight from `values` on, and the way back.
NIGHTJAR_INLINE Float8 Load8(const float* values) {
  Float8 lanes;
  std::memcpy(&lanes, values, sizeof lanes);
  return lanes;
}
NIGHTJAR_INLINE void Store8(Float8 lanes, float* values) {
  std::memcpy(values, &lanes, sizeof lanes);
}

/// Which lanes of a are below those of b: -1 there, 0 elsewhere; none may be NaN, nor both the
/// same infinity, and -0 is below 0. By the sign of the difference, since compilers take
/// comparisons apart where the machine's vectors are shorter.
NIGHTJAR_INLINE Int8 Less(Float8 a, Float8 b) { return std::bit_cast<Int8>(a - b) >> 31; }
NIGHTJAR_INLINE Int8 Less(Int8 a, Int8 b) { return (a - b) >> 31; }
NIGHTJAR_INLINE Int8 Equal(Int8 a, Int8 b) {
  const Int8 difference = a ^ b;
  return ((difference - All(1)) & ~difference) >> 31;  // 0 alone has no bit, and borrows
}

/// Lane by lane; `where` is -1 or 0 in each.
NIGHTJAR_INLINE Float8 Choose(Int8 where, Float8 yes, Float8 no) {
  return std::bit_cast<Float8>((where & std::bit_cast<Int8>(yes)) |
                               (~where & std::bit_cast<Int8>(no)));
}

/// Between `low` and `high`.
NIGHTJAR_INLINE Float8 Clamped(Float8 x, Float8 low, Float8 high) {
  const Float8 above = Choose(Less(low, x), x, low);
  return Choose(Less(above, high), above, high);
}

/// Towards zero; |x| < 2^31.
NIGHTJAR_INLINE Int8 Truncated(Float8 x) { return __builtin_convertvector(x, Int8); }
NIGHTJAR_INLINE Float8 ToFloat(Int8 x) { return __builtin_convertvector(x, Float8); }

/// The largest whole number that is not above x; |x| < 2^31.
NIGHTJAR_INLINE Int8 Floor(Float8 x) {
  const Int8 truncated = Truncated(x);
  return truncated + Less(x, ToFloat(truncated));
}

/// Whether any lane is not 0.
NIGHTJAR_INLINE bool AnyOf(Int8 x) {
  const auto pairs = std::bit_cast<std::array<int64_t, 4>>(x);
  return (pairs[0] | pairs[1] | pairs[2] | pairs[3]) != 0;
}
/// Of the lanes that are not 0 the one nearest to the middle; the middle where there is none.
NIGHTJAR_INLINE int MiddleOf(Int8 lanes) {
  constexpr int kOutwards[] = {4, 3, 5, 2, 6, 1, 7, 0};
  for (const int lane : kOutwards) {
    if (lanes[lane] != 0) return lane;
  }
  return kOutwards[0];
}
NIGHTJAR_INLINE bool AllEqual(Int8 x) { return !AnyOf(x ^ All(x[0])); }

/// log2 of a positive number, at most 0.09 below it: the exponent, and the mantissa as a straight
/// line.
NIGHTJAR_INLINE float RoughLog2(float x) {
  return static_cast<float>(std::bit_cast<int32_t>(x)) * 0x1p-23F - 127.0F;
}

/// log2 of a positive normal number, to 1e-7 or the last bit of the result.
NIGHTJAR_INLINE Float8 Log2(Float8 x) {
  // x = m 2^e with m in [sqrt(1/2), sqrt(2)); log2 m = 2 / ln 2 artanh((m - 1) / (m + 1)).
  const Int8 bits = std::bit_cast<Int8>(x);
  const Int8 exponent = (bits - All(0x3F3504F3)) >> 23;
  const Float8 m = std::bit_cast<Float8>(bits - (exponent << 23));
  const Float8 t = (m - All(1.0F)) / (m + All(1.0F));
  const Float8 t2 = t * t;
  const Float8 series =
      All(2.8853901F) + t2 * (All(0.9617967F) + t2 * (All(0.5770780F) + t2 * All(0.4121986F)));
  return ToFloat(exponent) + t * series;
}

/// 2^x for |x| < 126, to 4e-6 of its value.
NIGHTJAR_INLINE Float8 Exp2(Float8 x) {
  const Int8 whole = Floor(x + All(0.5F));
  const Float8 f = (x - ToFloat(whole)) * All(0.69314718F);
  const Float8 series =
      All(1.0F) +
      f * (All(1.0F) +
           f * (All(0.5F) + f * (All(1.0F / 6) + f * (All(1.0F / 24) + f * All(1.0F / 120)))));
  return series * std::bit_cast<Float8>((whole + All(127)) << 23);
}

}  // namespace nightjar
