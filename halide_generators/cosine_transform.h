// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

namespace nightjar::generators {

/// Eight numbers, one beside the other: Halide::Expr in a kernel, float in its plain reference.
template <typename T>
using Octet = std::array<T, 8>;

/// The transforms below are the orthonormal discrete cosine transform times kTransformGain, and its
/// inverse times the same: so they need no more than 14 multiplications and 26 additions each.
/// Loeffler, Ligtenberg, Moschytz, "Practical fast 1-D DCT algorithms with 11 multiplications",
/// ICASSP 1989, with rotations of four multiplications, which are shorter.
inline constexpr float kTransformGain = 2.82842712F;  // the root of 8

/// Cosines and sines of pi / 16, 3 pi / 16, and of 2 pi / 16 times the root of 2; that root.
struct TransformConstants {
  static constexpr float kCos1 = 0.980785280F, kSin1 = 0.195090322F;
  static constexpr float kCos3 = 0.831469612F, kSin3 = 0.555570233F;
  static constexpr float kCos2 = 1.306562965F, kSin2 = 0.541196100F;
  static constexpr float kRoot2 = 1.414213562F;
};

/// Type II, lowest frequency first: white noise of 1 becomes white noise of kTransformGain.
template <typename T>
Octet<T> CosineTransform(const Octet<T>& v) {
  using C = TransformConstants;
  const T s07 = v[0] + v[7], s16 = v[1] + v[6], s25 = v[2] + v[5], s34 = v[3] + v[4];
  const T d07 = v[0] - v[7], d16 = v[1] - v[6], d25 = v[2] - v[5], d34 = v[3] - v[4];
  const T outer = s07 + s34, inner = s16 + s25;
  const T outer_d = s07 - s34, inner_d = s16 - s25;
  const T u4 = d34 * C::kCos3 + d07 * C::kSin3, u7 = d07 * C::kCos3 - d34 * C::kSin3;
  const T u5 = d25 * C::kCos1 + d16 * C::kSin1, u6 = d16 * C::kCos1 - d25 * C::kSin1;
  const T v4 = u4 + u6, v6 = u4 - u6, v7 = u7 + u5, v5 = u7 - u5;
  return {outer + inner, v7 + v4,        outer_d * C::kCos2 + inner_d * C::kSin2, v5 * C::kRoot2,
          outer - inner, v6 * C::kRoot2, outer_d * C::kSin2 - inner_d * C::kCos2, v7 - v4};
}

/// Type III, the transpose of the above: after it eight times what it was given.
template <typename T>
Octet<T> InverseCosineTransform(const Octet<T>& v) {
  using C = TransformConstants;
  const T sum = v[0] + v[4], difference = v[0] - v[4];
  const T high = v[2] * C::kCos2 + v[6] * C::kSin2, low = v[2] * C::kSin2 - v[6] * C::kCos2;
  const T s07 = sum + high, s34 = sum - high, s16 = difference + low, s25 = difference - low;
  const T v7 = v[1] + v[7], v4 = v[1] - v[7], v5 = v[3] * C::kRoot2, v6 = v[5] * C::kRoot2;
  const T u4 = v4 + v6, u6 = v4 - v6, u7 = v7 + v5, u5 = v7 - v5;
  const T d34 = u4 * C::kCos3 - u7 * C::kSin3, d07 = u4 * C::kSin3 + u7 * C::kCos3;
  const T d25 = u5 * C::kCos1 - u6 * C::kSin1, d16 = u5 * C::kSin1 + u6 * C::kCos1;
  return {s07 + d07, s16 + d16, s25 + d25, s34 + d34, s34 - d34, s25 - d25, s16 - d16, s07 - d07};
}

}  // namespace nightjar::generators
