// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include "core/image.h"

namespace nightjar {

/// Nodes of local tone and sharpening for an image of this size, none like another.
inline PlanarImage<float> SomeNodes(int width, int height) {
  PlanarImage<float> nodes((width + 7) / 16 + 2, (height + 7) / 16 + 2, 3);
  nodes.for_each_element([&](int i, int j, int k) {
    const float ripple = 0.1F * static_cast<float>((3 * i + 5 * j) % 7);
    nodes(i, j, k) = k == 0 ? 0.2F + ripple : k == 1 ? 0.5F - 0.6F * ripple : 1e-4F * ripple;
  });
  return nodes;
}

/// halide_generators/picture_detail.h pixel by pixel: in float with its order of operations, in
/// double its definition.
template <typename Real>
class PictureDetailReplica {
 public:
  /// `light` is defined 2 px beyond the image.
  PictureDetailReplica(int width, int height, const std::function<Real(int x, int y)>& light,
                       const PlanarImage<float>& nodes, float local, float sharpening)
      : width_(width), nodes_(nodes), local_(local), sharpening_(sharpening) {
    for (int y = -2; y < height + 2; ++y)
      for (int x = -2; x < width + 2; ++x)
        u_.push_back(std::sqrt(std::max(std::min(light(x, y), Real{1}), Real{0})));
  }

  Real Gain(int x, int y) const {
    const Real u = U(x, y), light = u * u;
    const Real around = Smooth(x, y, 0) * std::sqrt(u) + Smooth(x, y, 1);
    const Real around_2 = around * around;
    const Real darker = Real{1} + local_ * (around_2 * around_2 - light);
    Real columns[5], low = u, high = u;
    for (int v = -2; v <= 2; ++v) {
      columns[v + 2] = Binomial(U(x + v, y - 2) + U(x + v, y + 2),
                                U(x + v, y - 1) + U(x + v, y + 1), U(x + v, y));
      for (int h = -1; h <= 1 && std::abs(v) < 2; ++h) {
        low = std::min(low, U(x + h, y + v));
        high = std::max(high, U(x + h, y + v));
      }
    }
    const Real d = u - Binomial(columns[0] + columns[4], columns[1] + columns[3], columns[2]);
    const Real energy = d * d * light;
    const Real kept = energy / (energy + (Smooth(x, y, 2) * Real{1} + static_cast<Real>(1e-18F)));
    const Real beyond = (high - low) * static_cast<Real>(0.1F);
    const Real sharp = std::max(std::min(u + sharpening_ * kept * d, high + beyond),
                                std::max(low - beyond, Real{0}));
    const Real divisor = std::max(u, static_cast<Real>(1e-3F)), moved = divisor + (sharp - u);
    return moved * moved / (divisor * divisor * std::max(std::min(darker, Real{4}), Real{0.25}));
  }

 private:
  static Real Binomial(Real far, Real near, Real middle) {
    return ((far + 4 * near) + 6 * middle) * (Real{1} / 16);
  }
  Real U(int x, int y) const { return u_[static_cast<size_t>(x + 2 + (y + 2) * (width_ + 4))]; }
  Real Smooth(int x, int y, int k) const {
    const auto fraction = [](int i) {
      return (static_cast<Real>((i + 8) % 16) + Real{0.5}) * (Real{1} / 16);
    };
    const auto row = [&](int i) {
      const auto upper = static_cast<Real>(nodes_(i, (y + 8) / 16, k));
      const auto lower = static_cast<Real>(nodes_(i, (y + 8) / 16 + 1, k));
      return upper + fraction(y) * (lower - upper);
    };
    const Real left = row((x + 8) / 16), right = row((x + 8) / 16 + 1);
    return left + fraction(x) * (right - left);
  }

  int width_;
  const PlanarImage<float>& nodes_;
  Real local_, sharpening_;
  std::vector<Real> u_;
};

}  // namespace nightjar
