// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>

namespace nightjar::generators {

/// Eight numbers, one beside the other: Halide::Expr in a kernel, float in its plain reference.
template <typename T>
using Octet = std::array<T, 8>;

/// cos(k pi / 16) / 2: what the orthonormal transform of eight numbers multiplies by; [4] is
/// sqrt(1/8) as well, the gain of the mean.
inline constexpr float kCosine[8] = {0.5F,        0.49039264F, 0.46193977F, 0.41573481F,
                                     0.35355339F, 0.27778512F, 0.19134172F, 0.09754516F};

/// The orthonormal discrete cosine transform (type II) of eight numbers, lowest frequency first.
/// White noise of 1 stays white noise of 1. 22 multiplications and 28 additions; even and odd
/// halves apart.
template <typename T>
Octet<T> CosineTransform(const Octet<T>& v) {
  const float* c = kCosine;
  const T s07 = v[0] + v[7], s16 = v[1] + v[6], s25 = v[2] + v[5], s34 = v[3] + v[4];
  const T d07 = v[0] - v[7], d16 = v[1] - v[6], d25 = v[2] - v[5], d34 = v[3] - v[4];
  const T outer = s07 + s34, inner = s16 + s25;
  const T outer_d = s07 - s34, inner_d = s16 - s25;
  return {(outer + inner) * c[4],          (d07 * c[1] + d16 * c[3]) + (d25 * c[5] + d34 * c[7]),
          outer_d * c[2] + inner_d * c[6], (d07 * c[3] - d16 * c[7]) - (d25 * c[1] + d34 * c[5]),
          (outer - inner) * c[4],          (d07 * c[5] - d16 * c[1]) + (d25 * c[7] + d34 * c[3]),
          outer_d * c[6] - inner_d * c[2], (d07 * c[7] - d16 * c[5]) + (d25 * c[3] - d34 * c[1])};
}

/// Its inverse, which is its transpose (type III).
template <typename T>
Octet<T> InverseCosineTransform(const Octet<T>& v) {
  const float* c = kCosine;
  const T sum = (v[0] + v[4]) * c[4], difference = (v[0] - v[4]) * c[4];
  const T high = v[2] * c[2] + v[6] * c[6], low = v[2] * c[6] - v[6] * c[2];
  const T e0 = sum + high, e3 = sum - high, e1 = difference + low, e2 = difference - low;
  const T o0 = (v[1] * c[1] + v[3] * c[3]) + (v[5] * c[5] + v[7] * c[7]);
  const T o1 = (v[1] * c[3] - v[3] * c[7]) - (v[5] * c[1] + v[7] * c[5]);
  const T o2 = (v[1] * c[5] - v[3] * c[1]) + (v[5] * c[7] + v[7] * c[3]);
  const T o3 = (v[1] * c[7] - v[3] * c[5]) + (v[5] * c[3] - v[7] * c[1]);
  return {e0 + o0, e1 + o1, e2 + o2, e3 + o3, e3 - o3, e2 - o2, e1 - o1, e0 - o0};
}

}  // namespace nightjar::generators
