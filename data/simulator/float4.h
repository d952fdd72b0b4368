// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstdint>

/// Four numbers at a time: the compilers' own vectors, since neither of them finds them in loops
/// with so many conditions. Basic arithmetic rounds alike in every lane of every machine.
namespace nightjar {

using Float4 = float __attribute__((vector_size(16), may_alias));
using Int4 = int32_t __attribute__((vector_size(16), may_alias));

/// The four from `values` on, which are aligned to 16 bytes.
inline Float4& FourAt(float* values) { return *reinterpret_cast<Float4*>(values); }
inline const Float4& FourAt(const float* values) {
  return *reinterpret_cast<const Float4*>(values);
}

inline Float4 All(float value) { return Float4{value, value, value, value}; }
inline Int4 All(int32_t value) { return Int4{value, value, value, value}; }

/// Lane by lane; `where` is -1 or 0 in each, as comparisons give it.
inline Float4 Choose(Int4 where, Float4 yes, Float4 no) {
  return std::bit_cast<Float4>((where & std::bit_cast<Int4>(yes)) |
                               (~where & std::bit_cast<Int4>(no)));
}

/// Between `low` and `high`; `low` for NaN.
inline Float4 Clamped(Float4 x, Float4 low, Float4 high) {
  const Float4 above = Choose(x > low, x, low);
  return Choose(above < high, above, high);
}

/// Towards zero; |x| < 2^31.
inline Int4 Truncated(Float4 x) { return __builtin_convertvector(x, Int4); }
inline Float4 ToFloat(Int4 x) { return __builtin_convertvector(x, Float4); }

/// The largest whole number that is not above x; |x| < 2^31.
inline Int4 Floor(Float4 x) {
  const Int4 truncated = Truncated(x);
  return truncated + std::bit_cast<Int4>(x < ToFloat(truncated));
}

inline bool AllEqual(Int4 x) { return x[0] == x[1] && x[0] == x[2] && x[0] == x[3]; }

/// log2 of a positive number, at most 0.09 below it: the exponent, and the mantissa as a straight
/// line.
inline Float4 RoughLog2(Float4 x) {
  return ToFloat(std::bit_cast<Int4>(x)) * All(0x1p-23F) - All(127.0F);
}

/// log2 of a positive normal number, to 1e-7.
inline Float4 Log2(Float4 x) {
  // x = m 2^e with m in [sqrt(1/2), sqrt(2)); log2 m = 2 / ln 2 artanh((m - 1) / (m + 1)).
  const Int4 bits = std::bit_cast<Int4>(x);
  const Int4 exponent = (bits - All(0x3F3504F3)) >> 23;
  const Float4 m = std::bit_cast<Float4>(bits - (exponent << 23));
  const Float4 t = (m - All(1.0F)) / (m + All(1.0F));
  const Float4 t2 = t * t;
  const Float4 series =
      All(2.8853901F) + t2 * (All(0.9617967F) + t2 * (All(0.5770780F) + t2 * All(0.4121986F)));
  return ToFloat(exponent) + t * series;
}

/// 2^x for |x| < 126, to 3e-6 of its value.
inline Float4 Exp2(Float4 x) {
  const Int4 whole = Floor(x + All(0.5F));
  const Float4 f = (x - ToFloat(whole)) * All(0.69314718F);
  const Float4 series =
      All(1.0F) +
      f * (All(1.0F) +
           f * (All(0.5F) + f * (All(1.0F / 6) + f * (All(1.0F / 24) + f * All(1.0F / 120)))));
  return series * std::bit_cast<Float4>((whole + All(127)) << 23);
}

}  // namespace nightjar
